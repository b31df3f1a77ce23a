package auth

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAssertions_AreFreshForEachTokenRequest(t *testing.T) {
	t.Parallel()
	ids := Given{TenantID: testTenant, ClientID: testClient}
	t.Run("from a GitHub workflow", func(t *testing.T) {
		t.Parallel()
		a := &authority{}
		twice(t, a, signIn(t, a, ids, map[string]string{
			"ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example/ask?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
		}))
		req := find(t, a, "token.example")
		expect(t, "method", req.Method, http.MethodGet)
		expect(t, "query", req.URL.RawQuery, "api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange")
		expect(t, "authorization", req.Header.Get("Authorization"), "Bearer request-token")
		expect(t, "accept", req.Header.Get("Accept"), "application/json")
	})
	t.Run("from Azure Pipelines", func(t *testing.T) {
		t.Parallel()
		a := &authority{}
		given := ids
		given.AzDOServiceConnectionID = testClient
		twice(t, a, signIn(t, a, given, map[string]string{
			"SYSTEM_OIDCREQUESTURI": "https://dev.example/oidc", "SYSTEM_ACCESSTOKEN": "request-token",
		}))
		req := find(t, a, "dev.example")
		expect(t, "method", req.Method, http.MethodPost)
		expect(t, "query", req.URL.RawQuery, "api-version=7.1&serviceConnectionId="+testClient)
		expect(t, "authorization", req.Header.Get("Authorization"), "Bearer request-token")
	})
	t.Run("from a file that is rewritten", func(t *testing.T) {
		t.Parallel()
		a := &authority{}
		given := ids
		given.OIDCTokenFilePath = filepath.Join(t.TempDir(), "token")
		write := func(n int) {
			if err := os.WriteFile(given.OIDCTokenFilePath, []byte(federated(n)+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(1)
		c := signIn(t, a, given, nil)
		first, err := ask(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		write(2)
		c.Refuse(first)
		if _, err := ask(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		for i, form := range a.seen("login.microsoftonline.com") {
			expect(t, "assertion", form.Get("client_assertion"), federated(i+1))
		}
	})
}

// twice makes two token requests and checks that each has an assertion of its own.
func twice(t *testing.T, a *authority, c *Credential) {
	t.Helper()
	first, err := ask(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	c.Refuse(first)
	if _, err := ask(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	forms := a.seen("login.microsoftonline.com")
	expect(t, "number of token requests", len(forms), 2)
	one, two := forms[0].Get("client_assertion"), forms[1].Get("client_assertion")
	if one == "" || one == two {
		t.Errorf("the assertions are %q and %q", one, two)
	}
}

func find(t *testing.T, a *authority, host string) *http.Request {
	t.Helper()
	for _, req := range a.requests {
		if req.URL.Host == host {
			return req
		}
	}
	t.Fatalf("no request reached %s", host)
	return nil
}

func TestAssertions_PreferWhatTheBlockSays(t *testing.T) {
	t.Parallel()
	a := &authority{}
	c := signIn(t, a, Given{
		TenantID: testTenant, ClientID: testClient, OIDCRequestURL: "https://token.example", OIDCRequestToken: "r",
	}, map[string]string{"ARM_OIDC_TOKEN": "stale", "AZURE_FEDERATED_TOKEN_FILE": "/none"})
	if _, err := ask(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	find(t, a, "token.example")
}

func TestAssertions_FailuresSayWhatToDo(t *testing.T) {
	t.Parallel()
	ids := Given{TenantID: testTenant, ClientID: testClient}
	for name, c := range map[string]struct {
		environment map[string]string
		status      int
		body        string
		words       []string
	}{
		"the workflow may not ask": {
			map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hidden-token"},
			403, `{"message":"hidden-token"}`,
			[]string{"token.example", "403", "id-token: write"},
		},
		"the answer holds no token": {
			map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "hidden-token"},
			200, `<html>sign in</html>`,
			[]string{"no token"},
		},
		"the pipeline may not use the connection": {
			map[string]string{"SYSTEM_OIDCREQUESTURI": "https://dev.example", "SYSTEM_ACCESSTOKEN": "hidden-token", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID": testClient},
			401, ``,
			[]string{"dev.example", "azdo_service_connection_id", "SYSTEM_ACCESSTOKEN"},
		},
		"the file is not there": {
			map[string]string{"AZURE_FEDERATED_TOKEN_FILE": "testdata/none"}, 0, "", []string{"testdata/none", "AZURE_FEDERATED_TOKEN_FILE"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authority{fail: func(req *http.Request) (int, string) {
				if strings.HasSuffix(req.URL.Host, ".example") {
					return c.status, c.body
				}
				return 0, ""
			}}
			_, err := ask(t.Context(), signIn(t, a, ids, c.environment))
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error is %v, expected an Error", err)
			}
			for _, words := range c.words {
				if !strings.Contains(e.Error(), words) {
					t.Errorf("error does not say %q: %s", words, e)
				}
			}
			if strings.Contains(e.Error(), "hidden-token") {
				t.Errorf("error shows a secret: %s", e)
			}
		})
	}
}
