package network_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	client "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	pprest "github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

// ticket is a token that does not run out.
type ticket string

func (t ticket) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// between does something before the first write.
type between struct {
	next *mock.Platform
	do   func()
}

func (b *between) Do(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPut && b.do != nil {
		b.do()
		b.do = nil
	}
	return b.next.Do(req)
}

// Between the read and the write of a delegation somebody else changes the subnet: that change must survive.
func TestAWriteInBetweenSurvives(t *testing.T) {
	t.Parallel()
	w := snetWorld(t)
	token, err := w.Token(mock.DefaultClientID, "https://management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	public, err := cloud.Lookup(cloud.Public)
	if err != nil {
		t.Fatal(err)
	}
	b := &between{next: w.Platform}
	c := client.New(public, pprest.Options{Credential: ticket(token), Transport: b}, client.Settings{})
	set := func(table string) func() {
		return change(w, eastSnet, func(p mock.Doc) { p["routeTable"] = mock.Doc{"id": table} })
	}
	for _, step := range []struct {
		table, want string
		do          func() error
	}{
		{"/first", platformService, func() error {
			_, err := c.Delegate(t.Context(), eastSnet, platformService)
			return err
		}},
		{"/second", "", func() error { return c.Undelegate(t.Context(), eastSnet) }},
	} {
		w.Forget()
		b.do = set(step.table)
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if got := rest(t, w); !strings.Contains(got, `"routeTable":{"id":"`+step.table+`"}`) {
			t.Errorf("the write in between is lost: %s", got)
		}
		acctest.Same(t, "writes", w.Count(opPutSubnet), 2)
		acctest.Same(t, "delegated", strings.HasPrefix(delegations(w, eastSnet), platformService), step.want != "")
	}
}
