package powerapps_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// storage is a new container to upload to, as address and signature.
func (r rig) storage(t *testing.T) (address, signature string) {
	t.Helper()
	a := r.want(r.hub("POST", "/objectIds/"+oid(t)+"/generateResourceStorage", doc{"environment": doc{"name": env}}), 200, "")
	address, signature, _ = strings.Cut(server.Text(a.body, "sharedAccessSignature"), "?")
	return address, signature
}

var block = map[string]string{"x-ms-blob-type": "BlockBlob", "Content-Type": "application/octet-stream"}

func TestIconAndScriptAreUploaded(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	at, sas := r.storage(t)
	r.want(r.ask("PUT", at+"/icon.png?"+sas, "", block, []byte("\x89PNG")), 201, "")
	r.want(r.ask("PUT", at+"/script.csx?"+sas, "", block, []byte("class Script {}")), 201, "")
	name := r.made(env, doc{
		"iconUri": at + "/icon.png?" + sas, "scriptDefinitionUrl": at + "/script.csx?" + sas, "scriptOperations": []any{"GetCase"},
	})
	d := r.read(env, name)
	for member, want := range map[string]string{"iconUri": "\x89PNG", "scriptDefinitionUrl": "class Script {}"} {
		url := server.Text(d, "properties."+member)
		if strings.HasPrefix(url, at) {
			t.Errorf("%s is the upload itself", member)
		}
		if a := r.want(r.ask("GET", url, "", nil, nil), 200, ""); a.raw != want {
			t.Errorf("%s holds %q", member, a.raw)
		}
	}

	// What the hub shows can be sent back; what is not sent goes, the icon apart.
	r.want(r.hub("PATCH", "/apis/"+name+in(env), body(env, doc{"scriptDefinitionUrl": server.Text(d, "properties.scriptDefinitionUrl")})), 204, "")
	if a := r.ask("GET", server.Text(r.read(env, name), "properties.scriptDefinitionUrl"), "", nil, nil); a.raw != "class Script {}" {
		t.Errorf("the script is %q", a.raw)
	}
	r.want(r.hub("PATCH", "/apis/"+name+in(env), body(env, doc{"scriptDefinitionUrl": nil, "scriptOperations": nil})), 204, "")
	d = r.read(env, name)
	if _, there := server.Lookup(d, "properties.scriptDefinitionUrl"); there {
		t.Error("the script stays")
	}
	if !strings.Contains(server.Text(d, "properties.iconUri"), "-api-icons/") {
		t.Errorf("the icon is %v", server.Text(d, "properties.iconUri"))
	}
	r.tenant.SetSwitch(powerapps.SwitchIcon, "drop")
	r.want(r.hub("PATCH", "/apis/"+name+in(env), body(env, nil)), 204, "")
	if icon := server.Text(r.read(env, name), "properties.iconUri"); !strings.Contains(icon, "defaulticons") {
		t.Errorf("the icon is %s", icon)
	}
}

func TestOriginalDefinitionIsReadWithoutAToken(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	name := r.made(env, doc{"openApiDefinition": nil, "OPENAPIDEFINITION": swagger()})
	url := server.Text(r.read(env, name), "properties.apiDefinitions.originalSwaggerUrl")
	a := r.want(r.ask("GET", url, "", nil, nil), 200, "")
	if !strings.HasPrefix(a.raw, "\xef\xbb\xbf{") || !strings.Contains(a.raw, `"host":"api.contoso.com"`) {
		t.Errorf("the definition is %q", a.raw)
	}
	if again := server.Text(r.read(env, name), "properties.apiDefinitions.originalSwaggerUrl"); again == url {
		t.Error("the address does not change")
	}
	r.tenant.Clock().Advance(2 * time.Hour)
	if a := r.want(r.ask("GET", url, "", nil, nil), 403, ""); a.header.Get("X-Ms-Error-Code") != "AuthenticationFailed" {
		t.Errorf("an old address: %s", a.raw)
	}
}

func TestStorageTakesOnlySignedAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	at, sas := r.storage(t)
	name := r.made(env, nil)
	own := server.Text(r.read(env, name), "properties.apiDefinitions.originalSwaggerUrl")
	path, readSAS, _ := strings.Cut(own, "?")
	for title, c := range map[string]struct {
		method, at, token string
		header            map[string]string
		status            int
		code              string
	}{
		"no signature":        {"PUT", at + "/x", "", block, 403, "AuthenticationFailed"},
		"wrong signature":     {"PUT", at + "/x?" + strings.Replace(sas, "sig=", "sig=A", 1), "", block, 403, "AuthenticationFailed"},
		"another container":   {"PUT", strings.TrimSuffix(at, at[len(at)-1:]) + "g/x?" + sas, "", block, 403, "AuthenticationFailed"},
		"with a token":        {"PUT", at + "/x?" + sas, "token", block, 400, "InvalidAuthenticationInfo"},
		"no type":             {"PUT", at + "/x?" + sas, "", map[string]string{"Content-Type": "image/png"}, 400, "MissingRequiredHeader"},
		"nothing there":       {"GET", at + "/x?" + sas, "", nil, 404, "BlobNotFound"},
		"a connector's other": {"GET", path + "x?" + readSAS, "", nil, 403, "AuthenticationFailed"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			var content []byte
			if c.method == "PUT" {
				content = []byte("x")
			}
			a := r.ask(c.method, c.at, c.token, c.header, content)
			if a.status != c.status || a.header.Get("X-Ms-Error-Code") != c.code {
				t.Errorf("got %d %s, want %d %s", a.status, a.raw, c.status, c.code)
			}
		})
	}
}

func TestUploadsEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	at, sas := r.storage(t)
	r.want(r.ask("PUT", at+"/x?"+sas, "", block, []byte("x")), 201, "")
	r.tenant.Clock().Advance(25 * time.Hour)
	r.storage(t)
	r.want(r.ask("GET", at+"/x?"+sas, "", nil, nil), 403, "")
}
