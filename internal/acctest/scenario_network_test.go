package acctest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
)

// contoso is a tenant with the virtual networks of the network team.
func contoso(t *testing.T) *acctest.World {
	t.Helper()
	return acctest.New(t, mock.TenantSeed{Items: map[string][]mock.Doc{"subscriptions": mock.Landscape()["subscriptions"]}})
}

// scenario puts an example of a whole story on the desk of somebody in the tenant.
func (d *desk) scenario(w *acctest.World, name string) {
	d.t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "examples", "scenarios", name, "*.*"))
	if err != nil || len(files) == 0 {
		d.t.Fatal("no files", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			d.t.Fatal(err)
		}
		d.write(map[string]string{filepath.Base(file): string(text)})
	}
	d.env["POWER_PLATFORM_TENANT_ID"] = w.ID
}

const (
	opCreate   = "bap.environments.create"
	opLink     = "bap.enterprisepolicies.link"
	opUnlink   = "bap.enterprisepolicies.unlink"
	opPolicy   = "arm.enterprisepolicies.put"
	opNoPolicy = "arm.enterprisepolicies.delete"
	opSubnet   = "arm.subnets.put"
	opPeer     = "arm.peerings.put"
	opUnpeer   = "arm.peerings.delete"
)

// TestScenario_privateNetwork is the story of the example: once up, elsewhere without an hour outside the network, and down.
func TestScenario_privateNetwork(t *testing.T) {
	t.Parallel()
	w := contoso(t)
	before := subnets(w)
	d := sit(t, w.Platform)
	d.scenario(w, "private-network")
	apply := []string{"apply", "-auto-approve", "-no-color", "-var-file=contoso.tfvars"}
	other := append(slices.Clone(apply), "-var=subnet_name=snet-powerplatform-next")

	d.terraform(apply...)
	d.unchanged("-var-file=contoso.tfvars")
	if got := d.terraform("output", "-json", "links"); strings.TrimSpace(got) != `{"prod":"Linked","test":"Linked"}` {
		t.Errorf("links: %s", got)
	}
	for operation, want := range map[string]int{opLink: 2, opUnlink: 0, opPolicy: 1, opSubnet: 2, opPeer: 2} {
		if got := w.Count(operation); got != want {
			t.Errorf("%d requests %s, expected %d", got, operation, want)
		}
	}
	politely(t, w)

	w.Forget()
	d.terraform(other...)
	d.unchanged("-var-file=contoso.tfvars", "-var=subnet_name=snet-powerplatform-next")
	for operation, want := range map[string]int{opLink: 2, opUnlink: 0, opPolicy: 1, opNoPolicy: 1, opSubnet: 4, opPeer: 0, opUnpeer: 0} {
		if got := w.Count(operation); got != want {
			t.Errorf("swapped with %d requests %s, expected %d", got, operation, want)
		}
	}
	inOrder(t, w, opPolicy, opLink, opNoPolicy)
	politely(t, w)

	w.Forget()
	d.terraform("destroy", "-auto-approve", "-no-color", "-var-file=contoso.tfvars", "-var=subnet_name=snet-powerplatform-next")
	inOrder(t, w, opUnlink, opNoPolicy, opUnpeer, opSubnet) // the pair refers to the delegations, so its peering goes first
	politely(t, w)
	if err := w.Leftovers(); err != nil {
		t.Error(err)
	}
	for id, was := range before {
		if now := subnets(w)[id]; now != was {
			t.Errorf("the subnet %s was\n%s\nand is\n%s", id, was, now)
		}
	}
}

// subnets are the subnets of a tenant as the network team made them, without what changes with each write.
func subnets(w *acctest.World) map[string]string {
	all := map[string]string{}
	w.Do(func() {
		c := w.Collection(arm.Subnets)
		for _, id := range c.IDs() {
			s, _ := c.Peek(id)
			delete(s, "etag")
			p, _ := s["properties"].(mock.Doc)
			if d, ok := p["delegations"].([]any); ok && len(d) == 0 {
				delete(p, "delegations")
			}
			for _, link := range []string{"serviceAssociationLinks", "resourceNavigationLinks"} {
				if l, ok := p[link].([]any); ok && len(l) == 0 {
					delete(p, link)
				}
			}
			all[id] = fmt.Sprint(s)
		}
	})
	return all
}

// inOrder fails unless all requests of an operation come before all of the next.
func inOrder(t *testing.T, w *acctest.World, operations ...string) {
	t.Helper()
	at := 0
	for _, e := range w.Requests(operations...) {
		i := slices.Index(operations, e.Operation)
		if i < at {
			t.Errorf("%s %s came after %s", e.Method, e.Path, operations[at])
		}
		at = max(at, i)
	}
}

// politely fails if a write was refused because another one was under way.
func politely(t *testing.T, w *acctest.World) {
	t.Helper()
	for _, e := range w.Requests() {
		if strings.HasPrefix(e.Operation, "arm.") && (e.Status == 409 || e.Status == 429) {
			t.Errorf("%s %s was answered %d", e.Method, e.Path, e.Status)
		}
	}
}

// environments are the records of the environments that somebody made, by display name; one name stands for one.
func environments(t *testing.T, w *acctest.World) map[string]mock.Doc {
	t.Helper()
	all := map[string]mock.Doc{}
	w.Do(func() {
		c := w.Collection(bap.Environments)
		for _, id := range c.IDs() {
			e, _ := c.Peek(id)
			p, _ := e["properties"].(mock.Doc)
			name := fmt.Sprint(p["displayName"])
			if all[name] != nil {
				t.Errorf("there are two environments %q", name)
			}
			all[name] = p
		}
	})
	return all
}
