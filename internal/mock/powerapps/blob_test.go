package powerapps_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/powerapps"
)

// storage is a new container to upload to, as address and signature.
func (r rig) storage() (address, signature string) {
	r.Helper()
	a := r.Send("POST", "/objectIds/"+oid+"/generateResourceStorage", doc{"environment": doc{"name": env}}).Want(200)
	address, signature, _ = strings.Cut(a.Text("sharedAccessSignature"), "?")
	return address, signature
}

// upload is who sends files with a signed address.
func (r rig) upload() mocktest.Client {
	return r.As("").With("x-ms-blob-type", "BlockBlob").With("Content-Type", "application/octet-stream")
}

func TestIconAndScriptAreUploaded(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	at, sas := r.storage()
	r.upload().Send("PUT", at+"/icon.png?"+sas, "\x89PNG").Want(201)
	r.upload().Send("PUT", at+"/script.csx?"+sas, "class Script {}").Want(201)
	name := r.made(env, doc{
		"iconUri": at + "/icon.png?" + sas, "scriptDefinitionUrl": at + "/script.csx?" + sas, "scriptOperations": []any{"GetCase"},
	})
	d := r.read(env, name)
	for member, want := range map[string]string{"iconUri": "\x89PNG", "scriptDefinitionUrl": "class Script {}"} {
		url := d.Text("properties." + member)
		if strings.HasPrefix(url, at) {
			t.Errorf("%s is the upload itself", member)
		}
		if a := r.As("").Send("GET", url, nil).Want(200); a.Raw != want {
			t.Errorf("%s holds %q", member, a.Raw)
		}
	}

	// What the hub shows can be sent back; what is not sent goes, the icon apart.
	r.Send("PATCH", "/apis/"+name+in(env), body(env, doc{"scriptDefinitionUrl": d.Text("properties.scriptDefinitionUrl")})).Want(204)
	if a := r.As("").Send("GET", r.read(env, name).Text("properties.scriptDefinitionUrl"), nil); a.Raw != "class Script {}" {
		t.Errorf("the script is %q", a.Raw)
	}
	r.Send("PATCH", "/apis/"+name+in(env), body(env, doc{"scriptDefinitionUrl": nil, "scriptOperations": nil})).Want(204)
	r.read(env, name).Has(doc{"properties.scriptDefinitionUrl": nil, "properties.iconUri": mocktest.Like("*-api-icons/*")})
	r.SetSwitch(powerapps.SwitchIcon, "drop")
	r.Send("PATCH", "/apis/"+name+in(env), body(env, nil)).Want(204)
	r.read(env, name).Has(doc{"properties.iconUri": mocktest.Like("*defaulticons*")})
}

func TestOriginalDefinitionIsReadWithoutAToken(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	name := r.made(env, doc{"openApiDefinition": nil, "OPENAPIDEFINITION": swagger()})
	url := r.read(env, name).Text("properties.apiDefinitions.originalSwaggerUrl")
	a := r.As("").Send("GET", url, nil).Want(200)
	if !strings.HasPrefix(a.Raw, "\xef\xbb\xbf{") || !strings.Contains(a.Raw, `"host":"api.contoso.com"`) {
		t.Errorf("the definition is %q", a.Raw)
	}
	if again := r.read(env, name).Text("properties.apiDefinitions.originalSwaggerUrl"); again == url {
		t.Error("the address does not change")
	}
	r.Clock().Advance(2 * time.Hour)
	if a := r.As("").Send("GET", url, nil).Want(403); a.Header.Get("X-Ms-Error-Code") != "AuthenticationFailed" {
		t.Errorf("an old address: %s", a.Raw)
	}
}

func TestStorageTakesOnlySignedAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	at, sas := r.storage()
	name := r.made(env, nil)
	own := r.read(env, name).Text("properties.apiDefinitions.originalSwaggerUrl")
	path, readSAS, _ := strings.Cut(own, "?")
	upload := r.upload()
	for title, c := range map[string]struct {
		by         mocktest.Client
		method, at string
		status     int
		code       string
	}{
		"no signature":        {upload, "PUT", at + "/x", 403, "AuthenticationFailed"},
		"wrong signature":     {upload, "PUT", at + "/x?" + strings.Replace(sas, "sig=", "sig=A", 1), 403, "AuthenticationFailed"},
		"another container":   {upload, "PUT", strings.TrimSuffix(at, at[len(at)-1:]) + "g/x?" + sas, 403, "AuthenticationFailed"},
		"with a token":        {upload.Bearing("token"), "PUT", at + "/x?" + sas, 400, "InvalidAuthenticationInfo"},
		"no type":             {r.As("").With("Content-Type", "image/png"), "PUT", at + "/x?" + sas, 400, "MissingRequiredHeader"},
		"nothing there":       {r.As(""), "GET", at + "/x?" + sas, 404, "BlobNotFound"},
		"a connector's other": {r.As(""), "GET", path + "x?" + readSAS, 403, "AuthenticationFailed"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			a := c.by.For(t).Send(c.method, c.at, map[string]any{"PUT": "x"}[c.method]).Want(c.status)
			if got := a.Header.Get("X-Ms-Error-Code"); got != c.code {
				t.Errorf("%s, want %s", got, c.code)
			}
		})
	}
}

func TestUploadsEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	at, sas := r.storage()
	r.upload().Send("PUT", at+"/x?"+sas, "x").Want(201)
	r.Clock().Advance(25 * time.Hour)
	r.storage()
	r.As("").Send("GET", at+"/x?"+sas, nil).Want(403)
}
