package powerapps_test

import (
	"strings"
	"testing"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/mocktest"
)

func TestHubShowsEnvironmentsInItsOwnWords(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, nil)
	r.Send("GET", "/environments?api-version=2017-08-01", nil).Want(200).Has(doc{"value.#": 3}) // the default one and two
	r.Send("GET", "/environments/"+env, nil).Want(200).Has(doc{
		"id": prefix + "/environments/" + env, "type": "Microsoft.PowerApps/environments", "properties.azureRegionHint": mocktest.Some,
		"properties.linkedEnvironmentMetadata.instanceUrl": mocktest.Some,
	})
	r.Send("GET", "/environments/~default", nil).Want(200).Has(doc{"name": "Default-" + r.ID})
	r.Send("GET", "/environments/nowhere", nil).Want(403, "EnvironmentAccessDenied")
	stranger := r.As(other)
	stranger.Send("GET", "/environments/"+env, nil).Want(403, "EnvironmentAccessDenied")
	stranger.Send("GET", "/environments", nil).Want(200).Has(doc{"value.#": 0})
}

func TestConnectorsWithoutAnIconHaveTheDefaultOne(t *testing.T) {
	t.Parallel()
	r := rig{mocktest.Alone(t, seed(nil, nil))}.in(bap.Clouds[0])
	name := r.made(env, nil)
	at := r.read(env, name).Text("properties.iconUri")
	if a := r.As("").Send("GET", at, nil); a.Status != 200 || a.Header.Get("Content-Type") != "image/png" || !strings.HasPrefix(a.Raw, "\x89PNG") {
		t.Errorf("%s: %d %v", at, a.Status, a.Header)
	}
}
