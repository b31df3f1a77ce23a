package powerapps

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func seeders(p *server.Platform) {
	p.Seeder("custom_connectors", seedConnectors)
	p.Seeder(Connections, seedConnections)
}

func known(d doc, names ...string) error {
	for name := range d {
		if !slices.Contains(names, name) {
			return fmt.Errorf("unknown key %q; known are %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

// seedConnectors takes environment_id, name, display_name, description, owner (an object ID), openapi_definition,
// connection_parameters and connection_parameter_sets.
func seedConnectors(t *server.Tenant, connectors []doc) error {
	for _, d := range connectors {
		title := server.Text(d, "display_name")
		if err := known(d, "environment_id", "name", "display_name", "description", "owner", "openapi_definition", "connection_parameters", "connection_parameter_sets"); err != nil {
			return fmt.Errorf("custom connector %q: %w", title, err)
		}
		env, ok := t.Collection(bap.Environments).Peek(server.Text(d, "environment_id"))
		if !ok || title == "" {
			return fmt.Errorf("custom connector %q: it needs a display_name and the environment_id of an environment", title)
		}
		definition, _ := d["openapi_definition"].(doc)
		if definition == nil {
			definition = doc{"swagger": "2.0", "info": doc{"title": title, "version": "1.0"}, "host": "api.example.com", "basePath": "/", "schemes": []any{"https"}, "paths": doc{}}
		}
		text, err := json.Marshal(definition)
		if err != nil {
			return fmt.Errorf("custom connector %q: %w", title, err)
		}
		if found := findings(definition, len(text)); len(found) > 0 {
			return fmt.Errorf("custom connector %q: %s", title, strings.Join(found, "; "))
		}
		environment := server.Text(env, "name")
		name, free := classicName(t, environment, title)
		if name = cmp.Or(server.Text(d, "name"), name); !free {
			return fmt.Errorf("custom connector %q: there is one already", title)
		}
		owner := cmp.Or(server.Text(d, "owner"), server.ObjectID(server.DefaultClientID))
		connector := blank(t, env, name, owner)
		fill(t, connector, order{definition: string(text), doc: doc{
			"displayName": title, "description": d["description"], "connectionParameters": d["connection_parameters"],
			"connectionParameterSets": d["connection_parameter_sets"],
		}}, definition)
		t.Collection(Connectors).Put(key(environment, name), connector)
		grant(t, environment, name, principalOf(t, owner, ""), "Owner")
	}
	return nil
}

// seedConnections takes environment_id, connector, name and display_name.
func seedConnections(t *server.Tenant, connections []doc) error {
	for _, d := range connections {
		if err := known(d, "environment_id", "connector", "name", "display_name"); err != nil {
			return fmt.Errorf("connection %q: %w", server.Text(d, "display_name"), err)
		}
		if err := Connect(t, server.Text(d, "environment_id"), server.Text(d, "connector"), cmp.Or(server.Text(d, "name"), strings.ReplaceAll(uuid.NewString(), "-", "")), server.Text(d, "display_name")); err != nil {
			return err
		}
	}
	return nil
}

// Connect makes a connection of a connector. It is an error if there is no such connector. Call it with the tenant
// locked.
func Connect(t *server.Tenant, environment, connector, name, title string) error {
	_, custom := t.Collection(Connectors).Peek(key(environment, connector))
	_, own := builtIn(connector)
	if !custom && !own {
		return errors.New("connection " + name + ": there is no connector " + connector + " in environment " + environment)
	}
	t.Collection(Connections).Put(key(environment, connector, name), doc{
		"name": name, "id": prefix + "/apis/" + connector + "/connections/" + name, "type": "Microsoft.PowerApps/apis/connections",
		"properties": doc{
			"apiId": prefix + "/apis/" + connector, "displayName": cmp.Or(title, name), "createdTime": stamp(t), "lastModifiedTime": stamp(t),
			"statuses":    []any{doc{"status": "Connected"}},
			"environment": doc{"id": prefix + "/environments/" + environment, "name": environment},
		},
	})
	return nil
}
