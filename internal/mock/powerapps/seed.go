package powerapps

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/bap"
	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

func seeders(p *server.Platform) {
	p.Seeder("custom_connectors", connectorShape(), seedConnectors)
	p.Seeder(Connections, connectionShape(), seedConnections)
}

// seedConnectors takes what connectorShape describes.
func seedConnectors(t *server.Tenant, connectors []doc) error {
	return server.Each(connectors, func(d doc) error {
		title := server.Text(d, "display_name")
		env, ok := t.Collection(bap.Environments).Peek(server.Text(d, "environment_id"))
		if !ok {
			return server.At("environment_id", fmt.Errorf("there is no environment %q", server.Text(d, "environment_id")))
		}
		definition, _ := d["openapi_definition"].(doc)
		if definition == nil {
			definition = doc{"swagger": "2.0", "info": doc{"title": title, "version": "1.0"}, "host": "api.example.com", "basePath": "/", "schemes": []any{"https"}, "paths": doc{}}
		}
		text, err := json.Marshal(definition)
		if err != nil {
			return server.At("openapi_definition", err)
		}
		if found := findings(definition, len(text)); len(found) > 0 {
			return server.At("openapi_definition", errors.New(strings.Join(found, "; ")))
		}
		environment := server.Text(env, "name")
		name, free := classicName(t, environment, title)
		if name = cmp.Or(server.Text(d, "name"), name); !free {
			return server.At("display_name", fmt.Errorf("the connector %q is there already", title))
		}
		owner := cmp.Or(server.Text(d, "owner"), server.ObjectID(server.DefaultClientID))
		connector := blank(t, env, name, owner)
		fill(t, connector, order{definition: string(text), doc: doc{
			"displayName": title, "description": d["description"], "connectionParameters": d["connection_parameters"],
			"connectionParameterSets": d["connection_parameter_sets"],
		}}, definition)
		t.Collection(Connectors).Put(key(environment, name), connector)
		grant(t, environment, name, principalOf(t, owner, ""), "Owner")
		return nil
	})
}

// seedConnections takes what connectionShape describes.
func seedConnections(t *server.Tenant, connections []doc) error {
	return server.Each(connections, func(d doc) error {
		name := cmp.Or(server.Text(d, "name"), strings.ReplaceAll(uuid.NewString(), "-", ""))
		return Connect(t, server.Text(d, "environment_id"), server.Text(d, "connector"), name, server.Text(d, "display_name"))
	})
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
