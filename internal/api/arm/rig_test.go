package arm

import (
	"context"
	"net/http"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/api/apitest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	contoso  = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg-network"
	networkA = contoso + "/providers/Microsoft.Network/virtualNetworks/vnet-eastus"
	subnetA  = networkA + "/subnets/snet-powerplatform"
)

type (
	answer = apitest.Answer
	script = apitest.Script
)

var ok, refused = apitest.OK, apitest.Refused

// against runs f against answers by heart.
func against(t *testing.T, answers []answer, f func(ctx context.Context, c *Client, a *script)) {
	t.Helper()
	apitest.Perform(t, answers, func(ctx context.Context, a *script) { f(ctx, connect(t, a), a) })
}

// transport is a function that answers.
type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(req *http.Request) (*http.Response, error) { return f(req) }

func connect(t *testing.T, through interface {
	Do(*http.Request) (*http.Response, error)
},
) *Client {
	t.Helper()
	return New(apitest.Public(t), rest.Options{Transport: through}, Settings{})
}

// accepted is a write that goes on at an address on another host.
func accepted(body string) answer {
	return answer{Status: http.StatusOK, Body: body, Header: []string{"Azure-AsyncOperation", "https://eastus.management.azure.com/operations/1", "Retry-After", "10"}}
}

func ended(status string) answer {
	return ok(`{"status":"` + status + `","error":{"code":"Internal","message":"It broke."}}`)
}
