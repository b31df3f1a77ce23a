package arm

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/cloud"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/rest"
)

const (
	networks = "/subscriptions/00000000-0000-4000-8000-00000000cccc/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/"
	east     = networks + "east"
	west     = networks + "west"
	north    = networks + "north"
)

// line is a platform that answers everything at once or, if it is slow, after a minute, and notes who was on the line
// together with whom.
type line struct {
	mu     sync.Mutex
	slow   bool
	open   []string // paths that are being answered
	met    []string // pairs of them
	bodies []string
	urls   []string
	status int
	answer string
}

func (l *line) Do(req *http.Request) (*http.Response, error) {
	path := req.URL.Path
	l.mu.Lock()
	for _, other := range l.open {
		l.met = append(l.met, other+" "+path)
	}
	l.open = append(l.open, path)
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		l.bodies = append(l.bodies, string(body))
	}
	l.urls = append(l.urls, req.Method+" "+req.URL.String())
	l.mu.Unlock()
	if l.slow {
		if err := rest.Wait(req.Context(), time.Minute); err != nil {
			return nil, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, other := range l.open {
		if other == path {
			l.open = append(l.open[:i], l.open[i+1:]...)
			break
		}
	}
	return &http.Response{StatusCode: l.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(l.answer)), Request: req}, nil
}

func speak(t *testing.T, l *line, f func(ctx context.Context, c *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		known, err := cloud.Lookup(cloud.Public)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		f(ctx, New(known, rest.Options{Transport: l}, Settings{}))
	})
}

const whole = `{"id":"` + east + `/virtualNetworkPeerings/p","name":"p","etag":"W/\"1\"","properties":{
	"remoteVirtualNetwork":{"id":"` + west + `"},"allowVirtualNetworkAccess":true,"allowForwardedTraffic":false,"useRemoteGateways":true,
	"peeringState":"Connected","peeringSyncLevel":"FullyInSync","provisioningState":"Succeeded","resourceGuid":"g",
	"remoteAddressSpace":{"addressPrefixes":["10.2.0.0/16"]},"localVirtualNetworkAddressSpace":{"addressPrefixes":["10.1.0.0/16"]},
	"peerCompleteVnets":true,"somethingNew":{"deep":[1,null]}}}`

// What Azure works out by itself is not sent; what nobody here knows goes back as it came.
func TestPeeringIsWrittenAsItWasRead(t *testing.T) {
	t.Parallel()
	l := &line{status: http.StatusOK, answer: whole}
	speak(t, l, func(ctx context.Context, c *Client) {
		p, err := c.Peering(ctx, east+"/virtualNetworkPeerings/p")
		if err != nil {
			t.Fatal(err)
		}
		if p.Properties.PeeringState != PeeringConnected || p.Properties.PeeringSyncLevel != InSync || !*p.Properties.UseRemoteGateways {
			t.Errorf("read %+v", p)
		}
		*p.Properties.AllowForwardedTraffic = true
		if _, err := c.PutPeering(ctx, east, "p", p.Properties); err != nil {
			t.Fatal(err)
		}
	})
	var sent, want any
	if err := json.Unmarshal([]byte(l.bodies[0]), &sent); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{"properties":{"remoteVirtualNetwork":{"id":"`+west+`"},"allowVirtualNetworkAccess":true,"allowForwardedTraffic":true,
		"useRemoteGateways":true,"peerCompleteVnets":true,"somethingNew":{"deep":[1,null]}}}`), &want); err != nil {
		t.Fatal(err)
	}
	if got, expected := compact(t, sent), compact(t, want); got != expected {
		t.Errorf("sent %s\nwant %s", got, expected)
	}
	if url := l.urls[len(l.urls)-1]; !strings.HasPrefix(url, "PUT ") || !strings.Contains(url, "syncRemoteAddressSpace=true") {
		t.Errorf("asked %s", url)
	}
}

func compact(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// A peering occupies both of its networks; other networks are not held up.
func TestPeeringsOfOneNetworkWaitForEachOther(t *testing.T) {
	t.Parallel()
	l := &line{status: http.StatusOK, answer: whole, slow: true}
	speak(t, l, func(ctx context.Context, c *Client) {
		to := func(remote string) PeeringProperties {
			return PeeringProperties{RemoteVirtualNetwork: Resource{ID: remote}}
		}
		var all sync.WaitGroup
		began := time.Now()
		for _, f := range []func() error{
			func() error { _, err := c.PutPeering(ctx, east, "a", to(west)); return err },
			func() error { _, err := c.PutPeering(ctx, strings.ToUpper(west), "b", to(east)); return err },
			func() error { return c.DeletePeering(ctx, west+"/virtualNetworkPeerings/c", north) },
			func() error { _, err := c.PutPeering(ctx, networks+"alone", "d", to(networks+"free")); return err },
		} {
			all.Go(func() {
				if err := f(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took != 3*time.Minute {
			t.Errorf("took %s", took)
		}
	})
	for _, met := range l.met {
		if !strings.Contains(met, "/alone/") {
			t.Errorf("at once: %s", met)
		}
	}
	if len(l.met) == 0 {
		t.Error("other networks waited too")
	}
}

// A policy occupies the networks of its subnets, whoever spells them how; a policy without subnets waits for nobody.
func TestPoliciesWaitForTheirNetworks(t *testing.T) {
	t.Parallel()
	l := &line{status: http.StatusOK, answer: whole, slow: true}
	speak(t, l, func(ctx context.Context, c *Client) {
		on := func(id string, networks ...string) Policy {
			p := Policy{ID: id}
			if len(networks) > 0 {
				p.Properties.NetworkInjection = &PolicyNetworkInjection{}
			}
			for _, n := range networks {
				p.Properties.NetworkInjection.VirtualNetworks = append(p.Properties.NetworkInjection.VirtualNetworks, PolicySubnet{ID: n})
			}
			return p
		}
		var all sync.WaitGroup
		began := time.Now()
		for _, f := range []func() error{
			func() error { _, err := c.PutPolicy(ctx, networks+"made", on("", east, west)); return err },
			func() error { return c.DeletePolicy(ctx, on(networks+"deleted", north, strings.ToUpper(west))) },
			func() error { return c.DeletePeering(ctx, north+"/virtualNetworkPeerings/c", east) },
			func() error { return c.DeletePolicy(ctx, on(networks+"alone")) },
		} {
			all.Go(func() {
				if err := f(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took != 3*time.Minute {
			t.Errorf("took %s", took)
		}
	})
	for _, met := range l.met {
		if !strings.Contains(met, "/alone") {
			t.Errorf("at once: %s", met)
		}
	}
}

// A peering that is gone already is no error.
func TestDeletePeeringThatIsGone(t *testing.T) {
	t.Parallel()
	speak(t, &line{status: http.StatusNoContent}, func(ctx context.Context, c *Client) {
		if err := c.DeletePeering(ctx, PeeringID(east, "p"), west); err != nil {
			t.Error(err)
		}
	})
}

func TestPeeringRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for _, properties := range []string{`[]`, `{"remoteVirtualNetwork":7}`} {
		var p PeeringProperties
		if err := json.Unmarshal([]byte(properties), &p); err == nil {
			t.Errorf("%s is read as %+v", properties, p)
		}
	}
}
