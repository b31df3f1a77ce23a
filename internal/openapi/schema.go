package openapi

// schema is a schema of a definition in the graph of all schemas. References are followed.
type schema struct {
	node
	edges []edge
	mark  int // stamp of the last count that came here
	depth int
	state int // 0 not seen, 1 being visited, 2 done
}

// edge leads from a schema to one that is part of it.
type edge struct {
	value    any // a schema or a reference to one
	required bool
	to       *schema
}

func (x *index) schema(n node) {
	s := &schema{node: n}
	x.schemas[n.object] = s
	x.ordered = append(x.ordered, s)
	need := map[string]bool{}
	for _, name := range n.list("required") {
		if name, ok := name.(string); ok {
			need[name] = true
		}
	}
	properties := n.object.object("properties")
	for _, name := range properties.order() {
		s.edges = append(s.edges, edge{value: properties.fields[name], required: need[name]})
	}
	for _, part := range n.list("allOf") {
		s.edges = append(s.edges, edge{value: part, required: true})
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if inner := n.object.object(key); inner != nil {
			s.edges = append(s.edges, edge{value: inner})
		}
	}
}

// schemaField looks at the fields of schemas that can be one of two things.
func (x *index) schemaField(key string, value any, at *place) {
	switch got := typeOf(value); {
	case key == "additionalProperties" && got == "object":
		x.object("schema", value, at, false)
	case key == "additionalProperties" && got != "boolean":
		x.flaw("JsonTypeIncorrect", at, "boolean' or 'object", got)
	case key == "type":
		f := among("string", "number", "integer", "boolean", "array", "object", "null", "file")
		f.list = got == "array"
		x.value(f, value, at, false)
	}
}

const notificationContent = "x-ms-notification-content"

// schemaOfExtension walks into the schema of a notification.
func (x *index) schemaOfExtension(name string, value any, at *place) {
	if content, ok := value.(*object); ok && name == notificationContent && content.has("schema") {
		x.object("schema", content.fields["schema"], at.at("schema"), false)
	}
}

// link joins the schemas.
func (x *index) link() {
	for _, s := range x.ordered {
		for i := range s.edges {
			s.edges[i].to, _ = x.follow(s.edges[i].value)
		}
	}
}

// follow is the schema that a value is or refers to, nil if there is none; loop says that references lead back to
// themselves.
func (x *index) follow(value any) (found *schema, loop bool) {
	o, _ := value.(*object)
	for seen := map[*object]bool{}; o.has("$ref"); o = x.resolve(o.fields["$ref"], "definitions").object {
		if seen[o] {
			return nil, true
		}
		seen[o] = true
	}
	return x.schemas[o], false
}

// count is the number of different schemas that make up some values, counted up to a limit.
func (x *index) count(limit int, values ...any) int {
	x.stamp++
	var todo []*schema
	add := func(s *schema) {
		if s != nil && s.mark != x.stamp {
			s.mark = x.stamp
			todo = append(todo, s)
		}
	}
	for _, value := range values {
		s, _ := x.follow(value)
		add(s)
	}
	for i := 0; i < len(todo) && len(todo) <= limit; i++ {
		for _, e := range todo[i].edges {
			add(e.to)
		}
	}
	return len(todo)
}

// deepest is the number of levels of a schema. What refers back to a schema on the way adds none.
func deepest(s *schema) int {
	if s == nil || s.state == 1 {
		return 0
	}
	if s.state == 0 {
		s.state = 1
		for _, e := range s.edges {
			s.depth = max(s.depth, deepest(e.to))
		}
		s.depth++
		s.state = 2
	}
	return s.depth
}

// unending lists the schemas that require themselves: no value can have all of their required properties.
func (x *index) unending() []*schema {
	const visiting, done = 1, 2
	state, found := map[*schema]int{}, []*schema{}
	var visit func(s *schema)
	visit = func(s *schema) {
		state[s] = visiting
		for _, e := range s.edges {
			switch {
			case !e.required || e.to == nil:
			case state[e.to] == visiting:
				found = append(found, e.to)
			case state[e.to] != done:
				visit(e.to)
			}
		}
		state[s] = done
	}
	for _, s := range x.ordered {
		if state[s] == 0 {
			visit(s)
		}
	}
	return found
}
