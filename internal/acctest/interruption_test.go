//go:build unix

package acctest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/acctest"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/arm"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
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
	const vars = "-var-file=contoso.tfvars"
	run := func(t *testing.T, signal syscall.Signal, number int) int {
		w := contoso(t)
		b := &breaker{next: w.Platform, number: number}
		d := sit(t, b)
		d.scenario(w, "private-network")
		writes := d.interrupted(b, signal, "apply", "-auto-approve", "-no-color", vars)
		imports := d.converges(vars)
		if imports > 0 && signal == syscall.SIGINT {
			t.Errorf("%d imports were needed after an interruption", imports)
		}
		d.unchanged(vars)
		asDeclared(t, w)
		return writes
	}
	writes := run(t, syscall.SIGINT, 0)
	if writes < 9 {
		t.Fatalf("only %d writes", writes)
	}
	for name, signal := range map[string]syscall.Signal{"interrupted": syscall.SIGINT, "killed": syscall.SIGKILL} {
		for number := 1; number <= writes; number++ {
			t.Run(fmt.Sprintf("%s at write %d", name, number), func(t *testing.T) {
				t.Parallel()
				run(t, signal, number)
			})
		}
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
