package apitest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/apitest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
)

// judge is a test that only writes down what it is told.
type judge struct {
	testing.TB
	said string
}

func (j *judge) Errorf(format string, args ...any) { j.said += fmt.Sprintf(format, args...) }

// ask sends a request to a script and returns the answer as "status body".
func ask(t *testing.T, s *apitest.Script, method, body string) (string, http.Header, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://api.example/things?api-version=2", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Do(req)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	return fmt.Sprint(res.StatusCode, " ", string(raw)), res.Header, err
}

func TestAScriptAnswersInOrderAndNoMoreThanItKnows(t *testing.T) {
	t.Parallel()
	j, then := &judge{TB: t}, false
	s := apitest.Learn(j, apitest.OK("one"), apitest.Answer{Err: io.ErrUnexpectedEOF}, apitest.Refused(409, "Busy"))
	s.Answers[0].Then, s.Answers[0].Header = func() { then = true }, []string{"Retry-After", "10"}
	if got, h, err := ask(t, s, "PUT", "body"); got != "200 one" || h.Get("Retry-After") != "10" || err != nil || !then {
		t.Error(got, h, err)
	}
	if _, _, err := ask(t, s, "GET", ""); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if got, _, _ := ask(t, s, "GET", ""); got != `409 {"error":{"code":"Busy","message":"No."}}` || j.said != "" {
		t.Error(got, j.said)
	}
	if got, _, _ := ask(t, s, "DELETE", ""); got != "418 " || j.said != "request 4 was not expected: DELETE /things" {
		t.Error(got, j.said)
	}
	if first := s.Seen[0]; first.Call != "PUT https://api.example/things?api-version=2" || first.Body != "body" || first.Version() != "2" ||
		s.Methods() != "PUT GET GET DELETE" || !strings.HasPrefix(s.Lines(), "PUT /things\nGET /things\n") {
		t.Errorf("%+v", s.Seen)
	}
}

func TestTimeIsVirtualWhereAScriptIsPerformed(t *testing.T) {
	t.Parallel()
	apitest.Perform(t, []apitest.Answer{apitest.OK("")}, func(ctx context.Context, s *apitest.Script) {
		<-time.After(30 * time.Minute)
		req, err := http.NewRequestWithContext(ctx, "GET", "https://api.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Do(req)
		if err != nil || s.Seen[0].At != 30*time.Minute {
			t.Fatal(err, s.Seen)
		}
		_ = res.Body.Close()
		<-ctx.Done()
		if _, err := s.Do(req); !errors.Is(err, context.DeadlineExceeded) || len(s.Seen) != 1 { //nolint:bodyclose // there is none
			t.Error("an hour is over:", err)
		}
	})
}

func TestClientsOfTheMockAreSignedIn(t *testing.T) {
	t.Parallel()
	c := mocktest.New(t, mock.TenantSeed{})
	o := apitest.SignedIn(c)
	token, err := o.Credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://management.azure.com/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	at := "https://" + apitest.Public(t).ARM + "/subscriptions?api-version=2022-12-01"
	c.Bearing(token.Token).Send("GET", at, nil).Want(200)
	if _, err := apitest.SignedIn(c.As("eve@contoso.com")).Credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"x"}}); err == nil {
		t.Error("nobody is signed in")
	}
}
