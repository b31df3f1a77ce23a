package powerapps

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// UploadIcon brings an icon to the storage of the hub and returns the address to give as IconURI. It is signed: a secret
// for as long as it is good. The object ID is the caller's own; the media type is image/png or another one of an image.
func (c *Client) UploadIcon(ctx context.Context, objectID, environment, mediaType string, icon []byte) (string, error) {
	extension := ".png"
	if _, kind, ok := strings.Cut(mediaType, "image/"); ok && !strings.ContainsAny(kind, "/+;") {
		extension = "." + kind
	}
	return c.upload(ctx, objectID, environment, "icon"+extension, rest.Content{Type: mediaType, Data: icon})
}

// UploadScript brings a script in C# to the storage of the hub and returns the address to give as ScriptDefinitionURL. It
// is signed: a secret for as long as it is good. The object ID is the caller's own.
func (c *Client) UploadScript(ctx context.Context, objectID, environment string, script []byte) (string, error) {
	return c.upload(ctx, objectID, environment, "script.csx", rest.Content{Type: "text/plain; charset=utf-8", Data: script})
}

// upload asks for a container and puts one file into it.
func (c *Client) upload(ctx context.Context, objectID, environment, file string, content rest.Content) (string, error) {
	ctx = rest.Begin(ctx)
	request := map[string]any{"environment": map[string]string{"name": environment}}
	container, err := rest.Post[struct {
		SharedAccessSignature string `json:"sharedAccessSignature"`
	}](ctx, c.rest, rest.Path(root+"/objectIds/", objectID, "/generateResourceStorage"), request, again())
	if err != nil {
		return "", err
	}
	store, err := c.store(container.SharedAccessSignature)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(container.SharedAccessSignature)
	if err != nil || u.RawQuery == "" || strings.Trim(u.Path, "/") == "" {
		return "", errors.New("the platform names storage for the upload without a container or a signature")
	}
	at := u.JoinPath(file).String()
	_, err = rest.Put[rest.None](ctx, store, at, content, rest.Header("X-Ms-Blob-Type", "BlockBlob"))
	return at, err
}
