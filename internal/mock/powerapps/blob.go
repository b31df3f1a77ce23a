package powerapps

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// The life of signed addresses.
const (
	uploadLife = 24 * time.Hour
	readLife   = time.Hour
)

const account = "apihubresources"

// Collections of what callers have uploaded: the scratch memory of the hub. Its own files are part of the connectors.
const (
	containers = "blob_containers" // when they end, on the clock of the tenant, by name
	files      = "blob_files"      // their content, by the exact path
	keys       = "blob_keys"       // what signs addresses
)

// storage is that of one tenant.
type storage struct{ *server.Tenant }

// key is what signs the addresses of the tenant. It is made when the first address is.
func (s storage) key() []byte {
	all := s.Collection(keys)
	if d, ok := all.Peek("addresses"); ok {
		key, _ := base64.StdEncoding.DecodeString(server.Text(d, "key"))
		return key
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	all.Put("addresses", doc{"key": base64.StdEncoding.EncodeToString(key)})
	return key
}

func (s storage) sign(parts ...string) string {
	h := hmac.New(sha256.New, s.key())
	_, _ = h.Write([]byte(strings.Join(parts, "\n")))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// generate makes a container that the caller may upload to.
func generate(c call) server.Reply {
	return c.in(server.Text(c.Body, "environment.name"), func(c call) server.Reply {
		s := storage{c.Tenant}
		id := make([]byte, 6)
		_, _ = rand.Read(id)
		container := c.Tenant.ID + "-res-" + hex.EncodeToString(id)
		now := c.Tenant.Clock().Now()
		for _, name := range s.Collection(containers).IDs() {
			if !s.holds(name, now) {
				s.Collection(containers).Delete(name)
				for _, id := range s.Collection(files).IDs() {
					if strings.HasPrefix(id, exact("/"+name+"/")) {
						s.Collection(files).Delete(id)
					}
				}
			}
		}
		s.Collection(containers).Put(container, doc{"end": now.Add(uploadLife).Format(time.RFC3339Nano)})
		query := url.Values{"sv": {"2018-03-28"}, "sr": {"c"}, "si": {"SharedAccessPolicy"}, "sig": {s.sign("c", container)}}
		return server.JSON(http.StatusOK, doc{
			"sharedAccessSignature": "https://" + account + "." + blobSuffix(c.cloud.Name) + "/" + container + "?" + query.Encode(),
		})
	})
}

// holds reports whether there is a container whose time is not over.
func (s storage) holds(container string, now time.Time) bool {
	d, ok := s.Collection(containers).Peek(container)
	end, err := time.Parse(time.RFC3339Nano, server.Text(d, "end"))
	return ok && err == nil && now.Before(end)
}

// exact is a path as the ID of a document: the case of paths matters, that of IDs does not.
func exact(path string) string {
	var b strings.Builder
	for _, c := range path {
		if unicode.IsUpper(c) || c == '~' {
			b.WriteByte('~')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// shelf is where the hub keeps the files of a connector.
type shelf struct {
	c                 call
	environment, name string
}

// address is a signed address at which one of the files can be read for an hour.
func (s shelf) address(kind, extension string) string {
	path := "/" + s.c.Tenant.ID + "-api-" + kind + "/" + s.environment + "/" + s.name + extension
	end := s.c.Tenant.Clock().Now().Add(readLife).UTC().Format(time.RFC3339)
	query := url.Values{
		"sv": {"2018-03-28"}, "sr": {"b"}, "se": {end}, "sp": {"r"}, "sig": {storage{s.c.Tenant}.sign("b", strings.ToLower(path), end)},
	}
	return "https://" + account + "." + blobSuffix(s.c.cloud.Name) + path + "?" + query.Encode()
}

// blobs adds the routes of the storage of a cloud. It takes no tokens: addresses are signed.
func blobs(p *server.Platform, host string) {
	p.Open(host, "PUT", "/{tenant}-res-{id}/{file...}", "powerapps.blobs.put", put)
	p.Open(host, "GET", "/{tenant}-res-{id}/{file...}", "powerapps.blobs.get", download)
	p.Open(host, "GET", "/{tenant}-api-{kind}/{file...}", "powerapps.blobs.get", download)
}

// refuseBlob is an error of Azure Storage: https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2
func refuseBlob(status int, code, message string) server.Reply {
	body := `<?xml version="1.0" encoding="utf-8"?><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error>`
	return server.Reply{Status: status, Body: []byte(body)}.With("Content-Type", "application/xml").With("x-ms-error-code", code)
}

// signed says why the storage does not take a request.
func signed(c *server.Call) (server.Reply, bool) {
	t := c.Platform.FindTenant(c.Params["tenant"])
	switch {
	case c.Request.Header.Get("Authorization") != "":
		return refuseBlob(http.StatusBadRequest, "InvalidAuthenticationInfo", "Authentication information is not given in the correct format. A signed address and an Authorization header exclude each other."), false
	case t == nil || !storage{t}.admits(c.Request.URL.Path, c.Query):
		return refuseBlob(http.StatusForbidden, "AuthenticationFailed", "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature."), false
	}
	c.Tenant = t
	return server.Reply{}, true
}

// admits checks the signature of an address and whether its time is over.
func (s storage) admits(path string, query url.Values) bool {
	now := s.Clock().Now()
	container, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	is := func(want string) bool { return hmac.Equal([]byte(query.Get("sig")), []byte(want)) }
	switch query.Get("sr") {
	case "c":
		return s.holds(container, now) && is(s.sign("c", container))
	case "b":
		end, err := time.Parse(time.RFC3339, query.Get("se"))
		return err == nil && now.Before(end) && is(s.sign("b", strings.ToLower(path), query.Get("se")))
	}
	return false
}

func put(c *server.Call) server.Reply {
	if reply, ok := signed(c); !ok {
		return reply
	}
	if c.Request.Header.Get("X-Ms-Blob-Type") != "BlockBlob" {
		return refuseBlob(http.StatusBadRequest, "MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified: x-ms-blob-type.")
	}
	if c.Query.Get("sr") != "c" {
		return refuseBlob(http.StatusForbidden, "AuthorizationPermissionMismatch", "This request is not authorized to perform this operation using this permission.")
	}
	d := doc{"text": string(c.Raw)}
	if !utf8.Valid(c.Raw) {
		d = doc{"base64": base64.StdEncoding.EncodeToString(c.Raw)}
	}
	c.Tenant.Collection(files).Put(exact(c.Request.URL.Path), d)
	return server.Empty(http.StatusCreated)
}

func download(c *server.Call) server.Reply {
	if reply, ok := signed(c); !ok {
		return reply
	}
	content, ok := storage{c.Tenant}.open(c.Request.URL.Path)
	if !ok {
		return refuseBlob(http.StatusNotFound, "BlobNotFound", "The specified blob does not exist.")
	}
	return server.Reply{Status: http.StatusOK, Body: content}
}

// open reads a file: an upload, or one of a connector. The original definition begins with a byte-order mark.
func (s storage) open(path string) ([]byte, bool) {
	container, file, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	_, kind, own := strings.Cut(container, "-api-")
	if !own {
		d, ok := s.Collection(files).Peek(exact(path))
		if encoded, is := d["base64"].(string); is {
			content, err := base64.StdEncoding.DecodeString(encoded)
			return content, err == nil
		}
		return []byte(server.Text(d, "text")), ok
	}
	dot := strings.LastIndex(file, ".")
	if dot < 0 {
		return nil, false
	}
	connector, ok := s.Collection(Connectors).Peek(file[:dot])
	if !ok {
		return nil, false
	}
	switch definition := server.Text(connector, "~definition"); {
	case kind == "icons":
		icon, there := connector["~icon"].(string)
		return []byte(icon), there
	case kind == "scripts":
		script, there := connector["~script"].(string)
		return []byte(script), there
	case file[dot:] == ".json_original":
		return append([]byte("\xef\xbb\xbf"), definition...), true
	default:
		return []byte(definition), true
	}
}

// fetch reads what a signed address in the storage names, as the hub does when a caller hands it one.
func fetch(t *server.Tenant, address string) ([]byte, bool) {
	u, err := url.Parse(address)
	if err != nil || !isBlob(address) || !(storage{t}).admits(u.Path, u.Query()) {
		return nil, false
	}
	return storage{t}.open(u.Path)
}
