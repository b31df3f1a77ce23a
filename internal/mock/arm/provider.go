package arm

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

// SwitchFeaturePending "on" leaves the registration of preview features Pending, as those that somebody has to approve.
const SwitchFeaturePending = "arm.feature_pending"

const (
	// KindProviderRegister registers a resource provider in a subscription.
	KindProviderRegister = "arm.providers.register"
	// KindFeatureRegister registers a preview feature in a subscription.
	KindFeatureRegister = "arm.features.register"

	// resourceProviders holds what a subscription has registered, by the ID of the resource provider.
	resourceProviders = "resource_providers"
	features          = "resource_provider_features" // by ID

	previewFeature  = "enterprisePoliciesPreview"
	registeredState = "Registered"
	registering     = "Registering"
	unregistered    = "NotRegistered"
	registerTime    = 30 * time.Second
)

var featureVersions = []string{"2015-12-01", "2021-07-01"}

// namespaces are the resource providers of the mirror with their resource types.
var namespaces = map[string][]string{
	"Microsoft.Authorization": {"roleAssignments", "roleDefinitions"},
	"Microsoft.Features":      {"features", "providers"},
	"Microsoft.KeyVault":      {"vaults", "vaults/keys", "vaults/secrets"},
	network: {
		"virtualNetworks", "virtualNetworks/subnets", "virtualNetworks/virtualNetworkPeerings", "networkSecurityGroups", "routeTables", "natGateways",
	},
	powerPlatform: {"enterprisePolicies", "accounts"},
	resources:     {"subscriptions", "resourceGroups", "tenants"},
}

// free are the resource providers that nobody has to register.
var free = []string{"Microsoft.Authorization", "Microsoft.Features", resources}

// providers adds the routes of resource providers and their preview features:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types
func (r router) providers() {
	const (
		all      = "/subscriptions/{subscription}/providers"
		one      = all + "/{namespace}"
		features = all + "/Microsoft.Features/providers/{namespace}/features/{feature}"
	)
	r.route("GET", all, "providers.list", resourceVersions, listProviders)
	r.route("GET", one, "providers.get", resourceVersions, known(func(c call, namespace string) server.Reply {
		return c.provider(namespace)
	}))
	r.route("POST", one+"/register", "providers.register", resourceVersions, known(registerProvider))
	r.route("GET", features, "features.get", featureVersions, feature(func(c call, namespace, name string) server.Reply {
		return c.feature(namespace, name)
	}))
	r.route("POST", features+"/register", "features.register", featureVersions, feature(registerFeature))
}

func providerID(subscription, namespace string) string {
	return subscription + "/providers/" + namespace
}

func featureID(subscription, namespace, name string) string {
	return subscription + "/providers/Microsoft.Features/providers/" + namespace + "/features/" + name
}

// proper is a namespace as it is spelled, "" for one that the mirror does not know.
func proper(namespace string) string {
	for name := range namespaces {
		if strings.EqualFold(name, namespace) {
			return name
		}
	}
	return ""
}

// seedProviders registers namespaces and features ("namespace/feature") of a subscription (its ID, not its GUID).
func seedProviders(t *server.Tenant, subscription string, registered, registeredFeatures []string) error {
	for _, namespace := range registered {
		name := proper(namespace)
		if name == "" {
			return fmt.Errorf("unknown resource provider %q", namespace)
		}
		setProvider(t, subscription, name, registeredState)
	}
	for _, f := range registeredFeatures {
		namespace, name, ok := strings.Cut(f, "/")
		if !ok || !knownFeature(namespace, name) {
			return fmt.Errorf("unknown feature %q; known is %s/%s", f, powerPlatform, previewFeature)
		}
		setFeature(t, subscription, namespace, name, registeredState)
	}
	return nil
}

func setProvider(t *server.Tenant, subscription, namespace, state string) {
	id := providerID(subscription, namespace)
	t.Collection(resourceProviders).Put(id, Doc{"id": id, "namespace": namespace, "registrationState": state})
}

func setFeature(t *server.Tenant, subscription, namespace, name, state string) {
	id := featureID(subscription, namespace, name)
	t.Collection(features).Put(id, Doc{
		"id": id, "name": namespace + "/" + name, "type": "Microsoft.Features/providers/features", "properties": Doc{"state": state},
	})
}

func providerState(t *server.Tenant, subscription, namespace string) string {
	if slices.Contains(free, namespace) {
		return registeredState
	}
	if d, ok := t.Collection(resourceProviders).Peek(providerID(subscription, namespace)); ok {
		return server.Text(d, "registrationState")
	}
	return unregistered
}

func featureState(t *server.Tenant, subscription, namespace, name string) string {
	if d, ok := t.Collection(features).Peek(featureID(subscription, namespace, name)); ok {
		return server.Text(d, "properties.state")
	}
	return unregistered
}

// registered reports whether a subscription (its ID) has registered a namespace.
func registered(t *server.Tenant, subscription, namespace string) bool {
	return providerState(t, subscription, namespace) == registeredState
}

// known hands a handler the namespace of the path as it is spelled.
func known(h func(c call, namespace string) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		namespace := proper(c.Params["namespace"])
		if namespace == "" {
			return refuse(http.StatusNotFound, "InvalidResourceNamespace", "The resource namespace '%s' is invalid.", c.Params["namespace"])
		}
		return h(c, namespace)
	}
}

func knownFeature(namespace, name string) bool {
	return strings.EqualFold(namespace, powerPlatform) && strings.EqualFold(name, previewFeature)
}

func feature(h func(c call, namespace, name string) server.Reply) func(c call) server.Reply {
	return func(c call) server.Reply {
		namespace, name := c.Params["namespace"], c.Params["feature"]
		if !knownFeature(namespace, name) {
			return refuse(http.StatusNotFound, "FeatureNotFound", "The feature '%s' could not be found.", name)
		}
		return h(c, powerPlatform, previewFeature)
	}
}

// providerDoc is a resource provider as a subscription sees it. Locations of policies are names, those of other types
// display names in the service; the mirror gives names for all.
func (c call) providerDoc(namespace string) Doc {
	subscription := subscriptionID(c.Params["subscription"])
	policy, types := "RegistrationRequired", []any{}
	if slices.Contains(free, namespace) {
		policy = "RegistrationFree"
	}
	for _, t := range namespaces[namespace] {
		locations, versions := regions, resourceVersions
		switch namespace {
		case powerPlatform:
			locations, versions = policyLocations(), policyVersions
		case network:
			versions = networkVersions
		}
		types = append(types, Doc{"resourceType": t, "locations": locations, "apiVersions": versions, "capabilities": "None"})
	}
	return Doc{
		"id": providerID(subscription, namespace), "namespace": namespace, "registrationPolicy": policy,
		"registrationState": providerState(c.Tenant, subscription, namespace), "resourceTypes": types,
	}
}

func (c call) provider(namespace string) server.Reply {
	d := c.providerDoc(namespace)
	if d["registrationState"] == registering {
		return soon(server.JSON(http.StatusOK, d))
	}
	return server.JSON(http.StatusOK, d)
}

func listProviders(c call) server.Reply {
	value := []any{}
	var names []string
	for name := range namespaces {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value = append(value, c.providerDoc(name))
	}
	return server.JSON(http.StatusOK, Doc{"value": value})
}

func registerProvider(c call, namespace string) server.Reply {
	t, subscription := c.Tenant, subscriptionID(c.Params["subscription"])
	if providerState(t, subscription, namespace) == unregistered {
		setProvider(t, subscription, namespace, registering)
		t.Begin(KindProviderRegister, registerTime, Doc{"subscription": subscription, "namespace": namespace})
	}
	return c.provider(namespace)
}

func (c call) feature(namespace, name string) server.Reply {
	id := featureID(subscriptionID(c.Params["subscription"]), namespace, name)
	d, ok := c.Tenant.Collection(features).Get(id)
	if !ok {
		d = Doc{
			"id": id, "name": namespace + "/" + name, "type": "Microsoft.Features/providers/features", "properties": Doc{"state": unregistered},
		}
	}
	if server.Text(d, "properties.state") == registering {
		return soon(server.JSON(http.StatusOK, d))
	}
	return server.JSON(http.StatusOK, d)
}

func registerFeature(c call, namespace, name string) server.Reply {
	t, subscription := c.Tenant, subscriptionID(c.Params["subscription"])
	switch {
	case featureState(t, subscription, namespace, name) != unregistered:
	case t.Switch(SwitchFeaturePending) == "on":
		setFeature(t, subscription, namespace, name, "Pending")
	default:
		setFeature(t, subscription, namespace, name, registering)
		t.Begin(KindFeatureRegister, registerTime, Doc{"subscription": subscription, "namespace": namespace, "feature": name})
	}
	return c.feature(namespace, name)
}
