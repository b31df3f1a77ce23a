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
	"sync"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// The life of signed addresses.
const (
	uploadLife = 24 * time.Hour
	readLife   = time.Hour
)

const account = "apihubresources"

// storage is what callers have uploaded, for all tenants: the scratch memory of the hub. Its own files are part of the
// connectors.
type storage struct {
	key []byte

	mu         sync.Mutex
	containers map[string]time.Time // when they end, on the clock of their tenant
	files      map[string][]byte    // by path
}

type storageKey struct{}

func newStorage() *storage {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return &storage{key: key, containers: map[string]time.Time{}, files: map[string][]byte{}}
}

func storageOf(p *server.Platform) *storage {
	s, _ := p.Offered(storageKey{}).(*storage)
	return s
}

func (s *storage) sign(parts ...string) string {
	h := hmac.New(sha256.New, s.key)
	_, _ = h.Write([]byte(strings.Join(parts, "\n")))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// generate makes a container that the caller may upload to.
func generate(c call) server.Reply {
	return c.in(server.Text(c.Body, "environment.name"), func(c call) server.Reply {
		s := storageOf(c.Platform)
		id := make([]byte, 6)
		_, _ = rand.Read(id)
		container := c.Tenant.ID + "-res-" + hex.EncodeToString(id)
		now := c.Tenant.Clock().Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		for name, end := range s.containers {
			if strings.HasPrefix(name, c.Tenant.ID) && end.Before(now) {
				delete(s.containers, name)
				for path := range s.files {
					if strings.HasPrefix(path, "/"+name+"/") {
						delete(s.files, path)
					}
				}
			}
		}
		s.containers[container] = now.Add(uploadLife)
		query := url.Values{"sv": {"2018-03-28"}, "sr": {"c"}, "si": {"SharedAccessPolicy"}, "sig": {s.sign("c", container)}}
		return server.JSON(http.StatusOK, doc{
			"sharedAccessSignature": "https://" + account + "." + blobSuffix(c.cloud.Name) + "/" + container + "?" + query.Encode(),
		})
	})
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
		"sv": {"2018-03-28"}, "sr": {"b"}, "se": {end}, "sp": {"r"}, "sig": {storageOf(s.c.Platform).sign("b", strings.ToLower(path), end)},
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
	case t == nil || !storageOf(c.Platform).admits(t, c.Request.URL.Path, c.Query):
		return refuseBlob(http.StatusForbidden, "AuthenticationFailed", "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature."), false
	}
	c.Tenant = t
	return server.Reply{}, true
}

// admits checks the signature of an address and whether its time is over.
func (s *storage) admits(t *server.Tenant, path string, query url.Values) bool {
	now := t.Clock().Now()
	container, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	is := func(want string) bool { return hmac.Equal([]byte(query.Get("sig")), []byte(want)) }
	switch query.Get("sr") {
	case "c":
		s.mu.Lock()
		defer s.mu.Unlock()
		end, ok := s.containers[container]
		return ok && now.Before(end) && is(s.sign("c", container))
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
	s := storageOf(c.Platform)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[c.Request.URL.Path] = c.Raw
	return server.Empty(http.StatusCreated)
}

func download(c *server.Call) server.Reply {
	if reply, ok := signed(c); !ok {
		return reply
	}
	content, ok := storageOf(c.Platform).open(c.Tenant, c.Request.URL.Path)
	if !ok {
		return refuseBlob(http.StatusNotFound, "BlobNotFound", "The specified blob does not exist.")
	}
	return server.Reply{Status: http.StatusOK, Body: content}
}

// open reads a file: an upload, or one of a connector. The original definition begins with a byte-order mark.
func (s *storage) open(t *server.Tenant, path string) ([]byte, bool) {
	container, file, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	_, kind, own := strings.Cut(container, "-api-")
	if !own {
		s.mu.Lock()
		defer s.mu.Unlock()
		content, ok := s.files[path]
		return content, ok
	}
	dot := strings.LastIndex(file, ".")
	if dot < 0 {
		return nil, false
	}
	connector, ok := t.Collection(Connectors).Peek(file[:dot])
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
func fetch(p *server.Platform, t *server.Tenant, address string) ([]byte, bool) {
	u, err := url.Parse(address)
	if err != nil || !isBlob(address) || !storageOf(p).admits(t, u.Path, u.Query()) {
		return nil, false
	}
	return storageOf(p).open(t, u.Path)
}
