package powerapps_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/apitest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/powerapps"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	env  = "aaaaaaaa-0000-4000-8000-00000000000a"
	oid  = "bbbbbbbb-0000-4000-8000-00000000000b"
	hub  = "https://api.powerapps.com/providers/Microsoft.PowerApps"
	blob = "https://store.blob.core.windows.net/box"
	sas  = "sv=2018-03-28&sr=c&si=P&sig=a%2Bb%3D"
)

type answer = apitest.Answer

var ok = apitest.OK

// perform runs f against answers by heart.
func perform(t *testing.T, answers []answer, f func(ctx context.Context, c *powerapps.Client, d *apitest.Script)) {
	t.Helper()
	apitest.Perform(t, answers, func(ctx context.Context, d *apitest.Script) {
		f(ctx, powerapps.New(apitest.Public(t), rest.Options{Transport: d, Credential: credential{}}), d)
	})
}

// credential gives everybody one token.
type credential struct{}

func (credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func settings() powerapps.ConnectorSettings {
	return powerapps.ConnectorSettings{
		DisplayName: "Cases", Description: "D", Definition: json.RawMessage(`{"swagger":"2.0"}`),
		BackendService: powerapps.BackendService{ServiceURL: "https://api.contoso.com"},
	}
}

const (
	filter  = "?%24filter=environment+eq+%27" + env + "%27&api-version=2016-11-01"
	whole   = `{"properties":{"displayName":"Cases","description":"D","openApiDefinition":{"swagger":"2.0"},"backendService":{"serviceUrl":"https://api.contoso.com"},"scriptDefinitionUrl":"","scriptOperations":[],"capabilities":[],"connectionParameters":{},"environment":{"name":"` + env + `"}}}`
	created = `{"name":"shared_cases","properties":{"displayName":"Cases"}}`
)

func TestEveryCallSendsWhatTheHubTakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []answer
		call    func(ctx context.Context, c *powerapps.Client) error
		line    string // of the first request
		body    string
	}{
		"read": {[]answer{ok(created)}, func(ctx context.Context, c *powerapps.Client) error {
			_, err := c.Connector(ctx, env, "shared_cases")
			return err
		}, "GET " + hub + "/apis/shared_cases" + filter, ""},
		"create": {[]answer{{Status: 201, Body: created}}, func(ctx context.Context, c *powerapps.Client) error {
			made, err := c.CreateConnector(ctx, env, settings())
			if made.Name != "shared_cases" {
				t.Errorf("made %+v", made)
			}
			return err
		}, "POST " + hub + "/apis" + filter, whole},
		"update": {[]answer{{Status: 204}}, func(ctx context.Context, c *powerapps.Client) error {
			return c.UpdateConnector(ctx, env, "shared_cases", settings())
		}, "PATCH " + hub + "/apis/shared_cases" + filter, strings.Replace(whole, `"displayName":"Cases",`, "", 1)},
		"delete": {[]answer{{Status: 200}}, func(ctx context.Context, c *powerapps.Client) error {
			return c.DeleteConnector(ctx, env, "shared_cases")
		}, "DELETE " + hub + "/apis/shared_cases" + filter, ""},
		"list": {[]answer{ok(`{"value":[]}`)}, func(ctx context.Context, c *powerapps.Client) error {
			for _, err := range c.CustomConnectors(ctx, env) {
				return err
			}
			return nil
		}, "GET " + hub + "/apis?%24filter=environment+eq+%27" + env + "%27+and+IsCustomApi+eq+%27True%27&api-version=2016-11-01", ""},
		"validate": {[]answer{ok(`"Error : a\r\nError : b"`)}, func(ctx context.Context, c *powerapps.Client) error {
			lines, err := c.ValidateDefinition(ctx, oid, json.RawMessage(`{"swagger":"2.0"}`))
			if !slices.Equal(lines, []string{"Error : a", "Error : b"}) {
				t.Errorf("lines %q", lines)
			}
			return err
		}, "POST " + hub + "/objectIds/" + oid + "/validateApiSwagger?api-version=2016-11-01", `{"swagger":"2.0"}`},
		"valid": {[]answer{ok(`""`)}, func(ctx context.Context, c *powerapps.Client) error {
			lines, err := c.ValidateDefinition(ctx, oid, json.RawMessage(`{}`))
			if len(lines) != 0 {
				t.Errorf("lines %q", lines)
			}
			return err
		}, "POST " + hub + "/objectIds/" + oid + "/validateApiSwagger?api-version=2016-11-01", `{}`},
		"permissions": {[]answer{ok(`{"value":[{"name":"u","properties":{"roleName":"CanView","principal":{"id":"u","type":"User"}}}]}`)}, func(ctx context.Context, c *powerapps.Client) error {
			for p, err := range c.Permissions(ctx, env, "shared_cases") {
				if p.Properties.RoleName != powerapps.CanView || p.Properties.Principal.Type != powerapps.User {
					t.Errorf("%+v", p)
				}
				return err
			}
			return errors.New("no permission")
		}, "GET " + hub + "/scopes/admin/environments/" + env + "/apis/shared_cases/permissions?api-version=2017-06-01", ""},
		"share": {
			[]answer{{Status: 500}, ok(`{}`)},
			func(ctx context.Context, c *powerapps.Client) error {
				return c.ModifyPermissions(ctx, env, "shared_cases", []powerapps.Grant{
					{Principal: powerapps.Principal{ID: "u", Type: powerapps.User}, Role: powerapps.CanEdit},
					{Principal: powerapps.Principal{ID: "t", Type: powerapps.Tenant}, Role: powerapps.CanView},
				}, []string{"gone"})
			}, "POST " + hub + "/scopes/admin/environments/" + env + "/apis/shared_cases/modifyPermissions?api-version=2017-06-01",
			`{"put":[{"properties":{"roleName":"CanEdit","principal":{"id":"u","type":"User"}}},{"properties":{"roleName":"CanView","principal":{"id":"t","tenantId":"t"}}}],` +
				`"delete":[{"id":"/providers/Microsoft.PowerApps/scopes/admin/environments/` + env + `/apis/shared_cases/permissions/gone"}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, c.answers, func(ctx context.Context, client *powerapps.Client, d *apitest.Script) {
				if err := c.call(ctx, client); err != nil {
					t.Error(err)
				}
				if d.Seen[0].Call != c.line || d.Seen[0].Body != c.body || d.Seen[0].Header.Get("Authorization") != "Bearer token" {
					t.Errorf("sent %s\n%s\nwant %s\n%s", d.Seen[0].Call, d.Seen[0].Body, c.line, c.body)
				}
			})
		})
	}
}

func TestUploadGoesToStorageWithoutAToken(t *testing.T) {
	t.Parallel()
	perform(t, []answer{ok(`{"sharedAccessSignature":"` + blob + `?` + sas + `"}`), {Status: 201}}, func(ctx context.Context, c *powerapps.Client, d *apitest.Script) {
		at, err := c.UploadIcon(ctx, oid, env, "image/png", []byte("\x89PNG"))
		if err != nil || at != blob+"/icon.png?"+sas {
			t.Errorf("uploaded to %s, %v", at, err)
		}
		if d.Seen[0].Body != `{"environment":{"name":"`+env+`"}}` {
			t.Errorf("asked with %s", d.Seen[0].Body)
		}
		put := d.Seen[1]
		if put.Call != "PUT "+blob+"/icon.png?"+sas || put.Body != "\x89PNG" || put.Header.Get("X-Ms-Blob-Type") != "BlockBlob" ||
			put.Header.Get("Content-Type") != "image/png" || put.Header.Get("Authorization") != "" {
			t.Errorf("sent %+v", put)
		}
	})
	perform(t, []answer{ok(`{"sharedAccessSignature":"` + blob + `?` + sas + `"}`), {Status: 500}, {Status: 201}}, func(ctx context.Context, c *powerapps.Client, _ *apitest.Script) {
		if at, err := c.UploadScript(ctx, oid, env, []byte("class Script {}")); err != nil || at != blob+"/script.csx?"+sas {
			t.Errorf("uploaded to %s, %v", at, err)
		}
	})
}

func TestStorageElsewhereIsRefused(t *testing.T) {
	t.Parallel()
	for _, at := range []string{
		"https://evil.example/box?" + sas, "http://store.blob.core.windows.net/box?" + sas, "https://blob.core.windows.net/box?" + sas,
		"https://storeblob.core.windows.net/box?" + sas, "https://store.blob.core.windows.net:8443/box?" + sas,
		"https://x@store.blob.core.windows.net/box?" + sas, "https://store.blob.core.windows.net.evil.example/box?" + sas,
		"https://store.blob.core.windows.net/?" + sas, blob, "", ":", "box",
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			perform(t, []answer{ok(`{"sharedAccessSignature":"` + at + `"}`)}, func(ctx context.Context, c *powerapps.Client, _ *apitest.Script) {
				_, err := c.UploadIcon(ctx, oid, env, "image/png", nil)
				if err == nil || strings.Contains(err.Error(), "sig=") {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func at(url string) powerapps.Connector {
	var c powerapps.Connector
	c.Properties.APIDefinitions.OriginalSwaggerURL = url
	return c
}

func TestOriginalDefinitionLosesItsMark(t *testing.T) {
	t.Parallel()
	perform(t, []answer{ok("\xef\xbb\xbf{\"swagger\": \"2.0\"}")}, func(ctx context.Context, c *powerapps.Client, d *apitest.Script) {
		raw, err := c.OriginalDefinition(ctx, at(blob+"/x.json_original?"+sas))
		if err != nil || string(raw) != `{"swagger": "2.0"}` {
			t.Errorf("%q %v", raw, err)
		}
		if d.Seen[0].Call != "GET "+blob+"/x.json_original?"+sas || d.Seen[0].Header.Get("Authorization") != "" {
			t.Errorf("sent %+v", d.Seen[0])
		}
	})
	for _, url := range []string{"", "https://evil.example/x"} {
		perform(t, nil, func(ctx context.Context, c *powerapps.Client, _ *apitest.Script) {
			if _, err := c.OriginalDefinition(ctx, at(url)); err == nil {
				t.Errorf("%q is read", url)
			}
		})
	}
}

// listed is a connector in a list.
func listed(name, created, more string) string {
	return `{"name":"` + name + `","properties":{"displayName":"Cases","createdTime":"` + created + `","apiDefinitions":{"originalSwaggerUrl":"` + blob + `/` + name + `?` + sas + `"}` + more + `}}`
}

func TestLostCreateIsSettledByLooking(t *testing.T) {
	t.Parallel()
	const now, past = "2000-01-01T00:00:01.1234567Z", "1999-12-31T20:00:00Z" // bubbles begin in 2000
	lost := answer{Err: io.ErrUnexpectedEOF}
	definition, another := ok(`{"swagger":"2.0"}`), ok(`{"swagger":"2.0","x":1}`)
	list := func(items ...string) answer { return ok(`{"value":[` + strings.Join(items, ",") + `]}`) }
	for name, c := range map[string]struct {
		answers []answer
		want    string
		names   []string
	}{
		"made":                     {[]answer{lost, list(listed("one", now, "")), definition, ok(`{"name":"one"}`)}, "one", nil},
		"not made":                 {[]answer{lost, list(listed("old", past, ""))}, "", nil},
		"another definition":       {[]answer{lost, list(listed("one", now, "")), another}, "", nil},
		"belongs to a solution":    {[]answer{lost, list(listed("one", now, `,"xrmConnectorId":"x"`))}, "", nil},
		"two":                      {[]answer{lost, list(listed("one", now, ""), listed("two", now, "")), definition, definition}, "", []string{"one", "two"}},
		"after a 500":              {[]answer{{Status: 500}, list(listed("one", now, "")), definition, ok(`{"name":"one"}`)}, "one", nil},
		"failure beneath the hub":  {[]answer{{Status: 400, Body: wrapped(500)}, list(listed("one", now, "")), definition, ok(`{"name":"one"}`)}, "one", nil},
		"without its name":         {[]answer{ok(`{}`), list(listed("one", now, "")), definition, ok(`{"name":"one"}`)}, "one", nil},
		"refused is not looked at": {[]answer{{Status: 400, Body: `{"error":{"code":"InvalidSwagger","message":"No."}}`}}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, c.answers, func(ctx context.Context, client *powerapps.Client, _ *apitest.Script) {
				made, err := client.CreateConnector(ctx, env, settings())
				if made.Name != c.want || (err == nil) != (c.want != "") {
					t.Errorf("made %q, %v", made.Name, err)
				}
				several, _ := errors.AsType[*powerapps.LostConnectorError](err)
				if several != nil && (!slices.Equal(several.Names, c.names) || !strings.Contains(err.Error(), "one, two")) || (several != nil) != (c.names != nil) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

// wrapped is a failure that the hub passes on.
func wrapped(status int) string {
	code := map[int]string{500: "InternalServerError", 400: "ValidationError"}[status]
	return `{"error":{"code":"ApiHubsRequestFailed","message":"Request to Azure API Hub failed with error: 'The response from the service was: {\"error\":{\"code\":\"` + code + `\",\"message\":\"The cause.\"}}'."}}`
}

func TestFailureBeneathTheHubIsShownAndTriedAgainAFewTimes_C04(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []answer
		want    string
	}{
		"once":           {[]answer{{Status: 400, Body: wrapped(500)}, {Status: 204}}, ""},
		"always":         {slices.Repeat([]answer{{Status: 400, Body: wrapped(500)}}, 5), "InternalServerError: The cause."},
		"not its status": {[]answer{{Status: 400, Body: wrapped(400)}}, "ValidationError: The cause."},
		"another error":  {[]answer{{Status: 400, Body: `{"error":{"code":"InternalServerError","message":"500"}}`}}, "500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			perform(t, c.answers, func(ctx context.Context, client *powerapps.Client, _ *apitest.Script) {
				err := client.UpdateConnector(ctx, env, "shared_cases", settings())
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "{")) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func TestRedirectURLIsThatOfTheFirstParameterThatSignsIn(t *testing.T) {
	t.Parallel()
	const token = `{"zed":{"oAuthSettings":{"redirectUrl":"https://z"}},"key":{"type":"securestring"},"token":{"oauthSettings":{"redirectUrl":"https://t"}}}`
	for name, c := range map[string]struct{ own, sets, want string }{
		"none":         {"", "", ""},
		"null":         {"null", "null", ""},
		"without":      {`{"key":{"type":"securestring"}}`, "", ""},
		"parameter":    {token, `{"values":[{"parameters":{"a":{"oAuthSettings":{"redirectUrl":"https://s"}}}}]}`, "https://t"},
		"only in sets": {"{}", `{"values":[{"parameters":{}},{"parameters":` + token + `}]}`, "https://t"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := powerapps.ConnectorProperties{ConnectionParameters: json.RawMessage(c.own), ConnectionParameterSets: json.RawMessage(c.sets)}
			if got := p.RedirectURL(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
