package acctest

import (
	"context"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Hear notes the warnings of the provider from now on, which fail no step and of which Run says nothing. The function
// that it returns tells those noted so far, each as "call: summary: detail", where call is validate, read, plan or apply.
func (w *World) Hear() func() string {
	var mu sync.Mutex
	var all []string
	w.Through = func(p tfprotov6.ProviderServer) tfprotov6.ProviderServer {
		return ear{p, func(call string, said []*tfprotov6.Diagnostic) {
			mu.Lock()
			defer mu.Unlock()
			for _, d := range said {
				if d.Severity == tfprotov6.DiagnosticSeverityWarning {
					all = append(all, call+": "+d.Summary+": "+d.Detail)
				}
			}
		}}
	}
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(all, "\n")
	}
}

// ear is a provider whose diagnostics are noted on their way.
type ear struct {
	tfprotov6.ProviderServer

	note func(call string, said []*tfprotov6.Diagnostic)
}

func (e ear) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := e.ProviderServer.ValidateResourceConfig(ctx, req)
	if err == nil {
		e.note("validate", resp.Diagnostics)
	}
	return resp, err
}

func (e ear) ReadResource(
	ctx context.Context, req *tfprotov6.ReadResourceRequest,
) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := e.ProviderServer.ReadResource(ctx, req)
	if err == nil {
		e.note("read", resp.Diagnostics)
	}
	return resp, err
}

func (e ear) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := e.ProviderServer.PlanResourceChange(ctx, req)
	if err == nil {
		e.note("plan", resp.Diagnostics)
	}
	return resp, err
}

func (e ear) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := e.ProviderServer.ApplyResourceChange(ctx, req)
	if err == nil {
		e.note("apply", resp.Diagnostics)
	}
	return resp, err
}
