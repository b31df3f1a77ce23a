package mock_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock"
)

// stateVariable makes this test binary serve the state file that it names until its standard input ends.
const stateVariable = "PPMOCK_TEST_STATE"

func TestMain(m *testing.M) {
	if file := os.Getenv(stateVariable); file != "" {
		if err := serve(context.Background(), file, os.Stdout); err != nil { //nolint:forbidigo // it is a main
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve takes the place of ppmock; it prints the address, and ends with its standard input.
func serve(ctx context.Context, file string, out io.Writer) error {
	platform, _, err := mock.Open(mock.StateFile{Path: file, Unsynced: os.Getenv(stateVariable+"_UNSYNCED") != ""})
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = listener.Close()
	}()
	if _, err := fmt.Fprintln(out, listener.Addr()); err != nil {
		return err
	}
	server := &http.Server{Handler: platform, ReadHeaderTimeout: time.Minute}
	if err := server.Serve(listener); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return platform.Close()
}

// process is a mock in a process of its own.
type process struct {
	*testing.T
	cmd     *exec.Cmd
	in      io.Closer
	address string
	client  *http.Client
}

func start(t *testing.T, file string, more ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), stateVariable+"="+file)
	cmd.Env = append(cmd.Env, more...)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the process says nothing: %v, %v", err, cmd.Wait())
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	return &process{t, cmd, in, strings.TrimSpace(line), &http.Client{Transport: transport}}
}

// send is the status, the header and the JSON of an answer; an error when there was none.
func (p *process) send(method, address, token string, body any) (int, http.Header, mock.Doc, error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, nil, nil, err
	}
	raw, kind := "", "application/json"
	switch b := body.(type) {
	case nil:
	case url.Values:
		raw, kind = b.Encode(), "application/x-www-form-urlencoded"
	default:
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, nil, err
		}
		raw = string(text)
	}
	req, err := http.NewRequestWithContext(p.Context(), method, "http://"+p.address+u.RequestURI(), strings.NewReader(raw))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Host = u.Host
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := p.client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil, nil, err
	}
	var d mock.Doc
	_ = json.Unmarshal(text, &d)
	return res.StatusCode, res.Header, d, nil
}

func (p *process) token(scope string) string {
	p.Helper()
	status, _, d, err := p.send(http.MethodPost, "https://login.microsoftonline.com/"+mock.DefaultTenantID+"/oauth2/v2.0/token", "", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {mock.DefaultClientID}, "client_secret": {mock.DefaultClientSecret}, "scope": {scope + "/.default"},
	})
	text, _ := d["access_token"].(string)
	if err != nil || text == "" {
		p.Fatalf("no token: %d, %v, %v", status, d, err)
	}
	return text
}

// answered is what a process was seen to answer for good.
type answered struct {
	mu         sync.Mutex
	groups     []string
	operations map[string]string // display names of environments by operation
	count      chan struct{}
}

const (
	environments = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/environments?api-version=2023-06-01"
	groupPath    = "/subscriptions/" + mock.LandscapeSubscriptionID + "/resourceGroups/"
)

// write writes until the process is gone.
func (p *process) write(bap, arm string, worker, round int, seen *answered) {
	for i := 0; ; i++ {
		name := fmt.Sprintf("r%d-w%d-%d", round, worker, i)
		var status int
		var header http.Header
		var d mock.Doc
		var err error
		if i%2 == 0 {
			status, _, d, err = p.send(http.MethodPut, "https://management.azure.com"+groupPath+name+"?api-version=2021-04-01", arm, mock.Doc{"location": "eastus"})
		} else {
			status, header, d, err = p.send(http.MethodPost, environments, bap, mock.Doc{"location": "europe", "properties": mock.Doc{"displayName": name, "environmentSku": "Sandbox"}})
		}
		if err != nil {
			return // killed
		}
		seen.mu.Lock()
		switch status {
		case http.StatusCreated:
			seen.groups = append(seen.groups, name)
		case http.StatusAccepted:
			at := header.Get("Location")
			id, _, _ := strings.Cut(at[strings.LastIndex(at, "/")+1:], "?")
			seen.operations[id] = name
		default:
			p.Errorf("%s: %d %v", name, status, d)
		}
		seen.mu.Unlock()
		select {
		case seen.count <- struct{}{}:
		case <-p.Context().Done():
			return
		}
	}
}

func TestNothingThatWasAnsweredIsLostWhenTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	for name, more := range map[string][]string{"synced": nil, "unsynced": {stateVariable + "_UNSYNCED=1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "state")
			seen := &answered{operations: map[string]string{}, count: make(chan struct{})}
			var bap, arm string
			for round := range rounds() {
				p := start(t, file, more...)
				if round == 0 { // the tokens of the first process are good for all that follow
					bap, arm = p.token("https://service.powerapps.com"), p.token("https://management.azure.com")
				}
				var wg sync.WaitGroup
				for worker := range 6 {
					wg.Go(func() { p.write(bap, arm, worker, round, seen) })
				}
				for range 1 + rand.IntN(60) {
					<-seen.count
				}
				killed := make(chan struct{})
				go func() { // let those go on that are answered while the process ends
					for {
						select {
						case <-seen.count:
						case <-killed:
							return
						}
					}
				}()
				if err := p.cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = p.cmd.Wait()
				wg.Wait()
				close(killed)
				check(t, file, seen)
			}
			t.Logf("%d groups and %d environments", len(seen.groups), len(seen.operations))
		})
	}
}

// rounds is how often a process is killed: PPMOCK_TEST_ROUNDS, or a few times.
func rounds() int {
	n := 5
	_, _ = fmt.Sscan(os.Getenv("PPMOCK_TEST_ROUNDS"), &n)
	return n
}

// check compares what is in the file with what was answered, and lets the operations end.
func check(t *testing.T, file string, seen *answered) {
	t.Helper()
	p, found, err := mock.Open(mock.StateFile{Path: file})
	if err != nil || !found {
		t.Fatalf("found %v, %v", found, err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	tenant := p.Tenant(mock.DefaultTenantID)
	tenant.Clock().Advance(5 * time.Minute)
	tenant.Do(func() {
		for _, name := range seen.groups {
			if _, ok := tenant.Collection("resource_groups").Peek(groupPath + name); !ok {
				t.Errorf("the group %s is lost", name)
			}
		}
		for id, name := range seen.operations {
			op, ok := tenant.Operation(id)
			if !ok || op.State != "Succeeded" {
				t.Errorf("the operation of %s is %+v", name, op)
				continue
			}
			env, ok := tenant.Collection("environments").Peek(fmt.Sprint(op.Data["environment"]))
			properties, _ := env["properties"].(mock.Doc)
			if !ok || properties["displayName"] != name || properties["provisioningState"] != "Succeeded" {
				t.Errorf("%s is %v", name, properties)
			}
		}
	})
}

func TestAProcessThatEndsInOrderGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state")
	p, found, err := mock.Open(mock.StateFile{Path: file})
	if err != nil || found {
		t.Fatalf("found %v, %v", found, err)
	}
	p.Tenant(mock.DefaultTenantID).Clock().Advance(time.Hour)
	p.AddTenant(mock.TenantSeed{Items: mock.Landscape()})
	want, err := p.Export()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	again, found, err := mock.Open(mock.StateFile{Path: file})
	if err != nil || !found {
		t.Fatalf("found %v, %v", found, err)
	}
	got, err := again.Export()
	if err != nil {
		t.Fatal(err)
	}
	before, errBefore := want.YAML()
	after, errAfter := got.YAML()
	if errBefore != nil || errAfter != nil || string(before) != string(after) {
		t.Errorf("closed as\n%s\nopened as\n%s", before, after)
	}
	if err := again.Reset(); err != nil || len(again.Tenants()) != 1 {
		t.Errorf("%d tenants after a reset, %v", len(again.Tenants()), err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestAFileHoldsNothingWhereFillingItFailed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state")
	if _, _, err := mock.Open(mock.StateFile{Path: file, Fresh: func(p *mock.Platform) error {
		p.AddTenant(mock.TenantSeed{})
		return errors.New("a typo")
	}}); err == nil || !strings.Contains(err.Error(), "a typo") {
		t.Fatalf("%v", err)
	}
	p, found, err := mock.Open(mock.StateFile{Path: file, Fresh: func(p *mock.Platform) error {
		p.AddTenant(mock.TenantSeed{})
		return nil
	}})
	if err != nil || found || len(p.Tenants()) != 2 {
		t.Errorf("found %v, %v", found, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	p, found, err = mock.Open(mock.StateFile{Path: file})
	if err != nil || !found || len(p.Tenants()) != 2 {
		t.Errorf("found %v, %v", found, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestAStateFileThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state")
	p, _, err := mock.Open(mock.StateFile{Path: file})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := mock.Open(mock.StateFile{Path: file}); err == nil || !strings.Contains(err.Error(), file+" is in use by another process: stop that one, or name another file") {
		t.Errorf("in use: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
