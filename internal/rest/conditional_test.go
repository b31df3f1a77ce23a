package rest

import (
	"context"
	"testing"
)

// What If-Match refers to has changed when the operation of a write has failed: who wrote it must read it again.
func TestAConditionalWriteWhoseOperationFailsIsNotRepeated(t *testing.T) {
	t.Parallel()
	failed := reply(200, `{"status":"Failed","error":{"code":"Later","message":"Not now."}}`)
	accepted := reply(200, `{}`, "Azure-AsyncOperation", "https://management.azure.com/o/1", "Retry-After", "10")
	perform(t, Endpoint{Host: "management.azure.com", Operations: ARM}, Options{}, []answer{accepted, failed}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Put[None](ctx, c, "/x", thing{}, Header("If-Match", "1")); !IsOperationFailed(err) || !HasCode(err, "Later") {
			t.Error(err)
		}
	})
	perform(t, Endpoint{Host: "management.azure.com", Operations: ARM}, Options{}, []answer{accepted, failed, reply(200, `{}`)}, func(ctx context.Context, c *Client, _ *script) {
		if _, err := Put[None](ctx, c, "/x", thing{}); err != nil {
			t.Error(err)
		}
	})
}
