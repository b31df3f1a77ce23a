package schema

// Schema returns the shape as JSON schema, draft 2020-12, without the header of a document.
func (s *Shape) Schema() Doc {
	d := s.bare()
	if s.either != nil {
		d = Doc{"anyOf": []any{d, s.either.Schema()}}
	}
	if s.About != "" {
		d["description"] = s.About
	}
	return d
}

func (s *Shape) bare() Doc {
	d := Doc{}
	if name := map[kind]string{text: "string", flag: "boolean", whole: "integer", number: "number", object: "object", list: "array", table: "object"}[s.kind]; name != "" {
		d["type"] = name
	}
	if len(s.enum) > 0 {
		var values []any
		for _, v := range s.enum {
			values = append(values, v)
		}
		d["enum"] = values
	}
	if s.bounded {
		d["minimum"], d["maximum"] = s.low, s.high
	}
	if s.format != nil && s.format.pattern != "" {
		d["pattern"] = s.format.pattern
	}
	switch s.kind {
	case list:
		d["items"] = s.item.Schema()
	case table:
		d["additionalProperties"] = s.item.Schema()
	case object:
		s.members(d)
	default:
	}
	return d
}

func (s *Shape) members(d Doc) {
	properties, required := Doc{}, []any{}
	for _, f := range s.fields {
		inner := f.Schema()
		if !f.required && f.kind != anything {
			inner = nullable(inner)
		}
		properties[f.Name] = inner
		if f.required {
			required = append(required, f.Name)
		}
	}
	if len(properties) > 0 {
		d["properties"] = properties
	}
	if len(required) > 0 {
		d["required"] = required
	}
	if !s.open {
		d["additionalProperties"] = false
	}
}

// nullable allows null, which is as good as leaving the key out.
func nullable(d Doc) Doc {
	if name, ok := d["type"].(string); ok {
		d["type"] = []any{name, "null"}
	}
	for _, key := range []string{"enum", "anyOf"} {
		if values, ok := d[key].([]any); ok {
			null := any(nil)
			if key == "anyOf" {
				null = Doc{"type": "null"}
			}
			d[key] = append(values, null)
		}
	}
	return d
}
