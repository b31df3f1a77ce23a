//go:build clients

package clients_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/tools/clients"
)

const listEnvironments = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments?api-version=2023-06-01"

func TestCurlReachesThePlatformThroughTheProxy(t *testing.T) {
	t.Parallel()
	curl, err := clients.FindCurl(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t)
	do := func(args ...string) string {
		t.Helper()
		out, errs, ok := r.run([]string{"HOME=" + r.home}, curl, append([]string{"--silent", "--show-error", "--proxy", "http://" + r.address, "--cacert", r.certificate()}, args...)...)
		if !ok {
			t.Fatalf("curl %v: %s", args, errs)
		}
		return out
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	form := "grant_type=client_credentials&client_id=" + clientID + "&client_secret=" + clientSecret + "&scope=https%3A%2F%2Fservice.powerapps.com%2F.default"
	if err := json.Unmarshal([]byte(do("--data", form, "https://login.microsoftonline.com/"+tenantID+"/oauth2/v2.0/token")), &answer); err != nil || answer.Token == "" {
		t.Fatalf("no token: %v", err)
	}
	for _, version := range []string{"--http1.1", "--http2"} {
		if out := do(version, "--write-out", "%{http_version}", "--header", "Authorization: Bearer "+answer.Token, listEnvironments); !strings.Contains(out, sandbox) {
			t.Errorf("%s: %s", version, out)
		}
	}
	imds := "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fservice.powerapps.com"
	for _, how := range []string{"--silent", "--proxytunnel"} { // in absolute form, and through a tunnel
		if out := do(how, "--header", "Metadata: true", imds); !strings.Contains(out, "access_token") {
			t.Errorf("managed identity: %s", out)
		}
	}
	_, errs, ok := r.run(nil, curl, "--silent", "--show-error", "--proxy", "http://"+r.address, "--cacert", r.certificate(), "https://www.example.com/")
	if ok || !strings.Contains(errs, "502") {
		t.Errorf("another host: %s", errs)
	}
	if _, errs, ok := r.run(nil, curl, "--silent", "--show-error", "--proxy", "http://"+r.address, "--cacert", "/dev/null", listEnvironments); ok {
		t.Errorf("without the authority: %s", errs)
	}
	refused := 0
	for _, e := range r.journal() {
		if e.Operation == "proxy.refused" && e.Host == "www.example.com" && e.Status == http.StatusBadGateway {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("the journal holds %d refusals, want 1", refused)
	}
}
