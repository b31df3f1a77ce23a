//go:build unix

package acctest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest/core"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/provider"
)

// breaker stands before the platform and strikes when the write with this number arrives.
type breaker struct {
	next   http.Handler
	number int
	lose   bool // the write takes effect, but its answer never arrives
	strike func()

	mu     sync.Mutex
	writes int
}

func (b *breaker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || strings.HasPrefix(r.Host, "login.") {
		b.next.ServeHTTP(w, r)
		return
	}
	b.mu.Lock()
	b.writes++
	mine := b.writes == b.number
	b.mu.Unlock()
	switch {
	case !mine:
		b.next.ServeHTTP(w, r)
	case b.lose:
		b.next.ServeHTTP(httptest.NewRecorder(), r)
		b.strike()
		panic(http.ErrAbortHandler)
	default:
		b.strike()
		b.next.ServeHTTP(w, r)
	}
}

// interrupted applies and gets a signal when the write with this number arrives: SIGINT to Terraform alone, which then
// asks the provider to stop, or SIGKILL to both. It returns the number of writes.
func (d *desk) interrupted(b *breaker, signal syscall.Signal, args ...string) int {
	d.t.Helper()
	var cmd *exec.Cmd
	started := make(chan struct{})
	b.lose = signal == syscall.SIGKILL
	b.strike = func() {
		<-started
		target := cmd.Process.Pid
		if b.lose {
			target = -target
		}
		if err := syscall.Kill(target, signal); err != nil {
			d.t.Error(err)
		}
	}
	cmd = d.command(acctest.Terraform(d.t).Path, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	close(started)
	d.t.Logf("the first run ended with %v\n%s", cmd.Wait(), &out)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.number = 0
	return b.writes
}

var (
	frame   = regexp.MustCompile(`[│╷╵\s]+`)
	blocked = regexp.MustCompile(`with (powerplatform_[a-z_]+\.\w+(?:\["\w+"\])?), .*? import \{ to = powerplatform_[a-z_]+\.NAME id = "([^"]+)" \}`)
)

// converges applies until nothing stops it, and imports what an apply names as being there already. It returns how many
// objects it had to import.
func (d *desk) converges(args ...string) int {
	d.t.Helper()
	for imports := 0; ; imports++ {
		out, err := d.try(append([]string{"apply", "-auto-approve", "-no-color"}, args...)...)
		if err == nil {
			return imports
		}
		text := frame.ReplaceAllString(out, " ")
		found := blocked.FindStringSubmatch(text[max(strings.Index(text, "Error: "), 0):])
		if found == nil || imports == 10 {
			d.t.Fatalf("the next apply stops: %v\n%s", err, out)
		}
		d.write(map[string]string{"imports.tf": d.read("imports.tf") + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", found[1], found[2])})
	}
}

// TestInterruptedAppliesEndAsDeclared interrupts the story of private networking at each of its writes. The next apply
// ends in the declared state, after a kill with the help of an import at most, and nothing is ever there twice.
func TestInterruptedAppliesEndAsDeclared(t *testing.T) {
	t.Parallel()
	writes := halt(t, "", 0)
	if writes < 9 {
		t.Fatalf("only %d writes", writes)
	}
	for _, how := range []string{"interrupted", "killed"} {
		for number := 1; number <= writes; number++ {
			t.Run(fmt.Sprintf("%s at write %d", how, number), func(t *testing.T) {
				t.Parallel()
				halt(t, how, number)
			})
		}
	}
}

// halt applies the story in process, is stopped at a write, and goes on. It returns the number of writes.
func halt(t *testing.T, how string, number int) int {
	t.Helper()
	w := contoso(t)
	story := strings.Replace(story(t, "private-network"), "provider \"powerplatform\" {}", w.Provider(), 1)
	var tf *core.Terraform
	f := &fuse{next: w.Platform, number: number, lose: how == "killed", strike: func() {
		if how == "killed" {
			tf.Kill()
		} else {
			tf.Interrupt(t.Context())
		}
	}}
	tf = &core.Terraform{ProviderName: "powerplatform", Provider: providerserver.NewProtocol6WithError(provider.New("test", f))}
	variables := map[string]json.RawMessage{}
	for name, id := range map[string]string{
		"primary_network_id":  "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-eastus",
		"failover_network_id": "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-westus",
		"resource_group_id":   "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/rg-powerplatform",
	} {
		variables[name] = json.RawMessage(fmt.Sprintf("%q", id))
	}
	apply := func() error {
		plan, err := tf.Plan(t.Context(), story, core.Options{Variables: variables})
		if err == nil {
			err = tf.Apply(t.Context(), plan)
		}
		return err
	}
	first := apply()
	f.mend()
	if (first != nil) != (number > 0) {
		t.Fatalf("the first apply: %v", first)
	}
	imports := 0
	for err := first; err != nil; imports++ {
		if err = apply(); err == nil {
			break
		}
		found := blocked.FindStringSubmatch(frame.ReplaceAllString(err.Error(), " "))
		if found == nil || imports == 10 {
			t.Fatalf("the next apply stops: %v\nThe first ended with %v", err, first)
		}
		story += fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", found[1], found[2])
	}
	if imports > 0 && how == "interrupted" {
		t.Errorf("%d imports were needed after an interruption", imports)
	}
	plan, err := tf.Plan(t.Context(), story, core.Options{Variables: variables})
	if err != nil || !tf.Unchanged(plan) {
		t.Errorf("the next plan is not empty: %v", err)
	}
	t.Logf("%d imports", imports)
	asDeclared(t, w)
	return f.writes
}

// story is the configuration of an example scenario as one text.
func story(t *testing.T, name string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "examples", "scenarios", name, "*.tf"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(append(text, '\n'))
	}
	return all.String()
}

// fuse is a breaker in process.
type fuse struct {
	next   policy.Transporter
	number int
	lose   bool
	strike func()

	mu     sync.Mutex
	writes int
	blown  bool
}

// mend lets everything through from now on.
func (f *fuse) mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lose, f.number = false, 0
}

// deadError is what a process that is no more would see of its requests. Nothing is to be gained by trying again.
type deadError struct{}

func (deadError) Error() string { return "killed" }

// NonRetriable tells the pipeline.
func (deadError) NonRetriable() {}

// Do sends a request on its way.
func (f *fuse) Do(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	write := r.Method != http.MethodGet && !strings.HasPrefix(r.URL.Host, "login.")
	if write {
		f.writes++
	}
	mine, over := write && f.writes == f.number && !f.blown, f.blown && f.lose
	f.blown = f.blown || mine
	f.mu.Unlock()
	switch {
	case over:
		return nil, deadError{}
	case mine && f.lose:
		resp, err := f.next.Do(r)
		if err == nil {
			err = resp.Body.Close()
		}
		f.strike()
		if err == nil {
			err = deadError{}
		}
		return nil, err
	case mine:
		f.strike()
	}
	return f.next.Do(r)
}

// TestAnInterruptedCLIEndsAsDeclared stops the programs that users have, in the middle.
func TestAnInterruptedCLIEndsAsDeclared(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"interrupted": syscall.SIGINT, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const vars = "-var-file=contoso.tfvars"
			w := contoso(t)
			b := &breaker{next: w.Platform, number: 7}
			d := sit(t, b)
			d.scenario(w, "private-network")
			d.interrupted(b, signal, "apply", "-auto-approve", "-no-color", vars)
			if imports := d.converges(vars); imports > 0 && signal == syscall.SIGINT {
				t.Errorf("%d imports were needed after an interruption", imports)
			}
			d.unchanged(vars)
			asDeclared(t, w)
		})
	}
}

// asDeclared fails unless there is one of everything that the example declares.
func asDeclared(t *testing.T, w *acctest.World) {
	t.Helper()
	all := environments(t, w)
	for _, name := range []string{"Case management test", "Case management prod"} {
		p := all[name]
		linked, _ := p["enterprisePolicies"].(mock.Doc)
		network, _ := linked["vNets"].(mock.Doc)
		governance, _ := p["governanceConfiguration"].(mock.Doc)
		if network["linkStatus"] != "Linked" || governance["protectionLevel"] != "Standard" {
			t.Errorf("%s is linked to %v and governed by %v", name, network, governance)
		}
	}
	w.Do(func() {
		for collection, want := range map[string]int{bap.EnterprisePolicies: 1, arm.Peerings: 2} {
			if got := w.Collection(collection).Len(); got != want {
				t.Errorf("there are %d %s, expected %d", got, collection, want)
			}
		}
	})
	delegated := 0
	for id, s := range subnets(w) {
		if strings.HasSuffix(strings.ToLower(id), "/snet-powerplatform") {
			delegated += strings.Count(s, "serviceName:Microsoft.PowerPlatform/enterprisePolicies")
		}
	}
	if delegated != 2 {
		t.Errorf("%d delegations, expected 2", delegated)
	}
	if len(all) != 3 { // with the default environment
		t.Errorf("there are %d environments", len(all))
	}
}
