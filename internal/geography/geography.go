// Package geography says which Azure regions serve which geography of the platform, where private networking needs subnets.
package geography

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Geography is one of the places between which the platform lets its customers choose.
type Geography struct {
	Name           string     // for people, such as "United Kingdom"
	Location       string     // as environments name it, such as "unitedkingdom"
	PolicyLocation string     // as enterprise policies name it, such as "uk"; often the same
	Aliases        []string   // what else environments and policies of it are seen to name it
	Pairs          [][]string // what serves it, the recommended first: each one or two Azure regions, of which the first is the one to prefer
}

// All returns every known geography, in the order of their names. The caller owns what it gets.
func All() []Geography {
	all := make([]Geography, len(table))
	for i, g := range table {
		all[i] = g.clone()
	}
	return all
}

// Find returns the geography that a name means: its location, its policy location, an alias or its name for people, in
// any case and with or without spaces. The table is not complete: a name that it does not hold may still be one.
func Find(location string) (Geography, bool) {
	i := slices.IndexFunc(table, func(g Geography) bool { return g.is(location) })
	if i < 0 {
		return Geography{}, false
	}
	return table[i].clone(), true
}

// Lookup is Find with the reason, in words, why a name finds nothing: it is an Azure region, or not in the table.
func Lookup(location string) (Geography, error) {
	g, known := Find(location)
	switch served := OfRegion(location); {
	case known:
		return g, nil
	case len(served) > 0:
		return g, fmt.Errorf("%q is an Azure region; name the geography that it serves: %s", location, list(served))
	case IsRegion(location):
		return g, fmt.Errorf("%q is an Azure region, and serves no geography; known are %s", location, list(table))
	}
	return g, fmt.Errorf("the Azure regions of %q are not known; known are those of %s", location, list(table))
}

func list(all []Geography) string {
	names := make([]string, len(all))
	for i, g := range all {
		names[i] = g.Location
	}
	return strings.Join(names, ", ")
}

// Same reports whether two names mean the same geography. Names that the table does not hold are the same if they are spelt alike.
func Same(a, b string) bool {
	if Normal(a) == Normal(b) {
		return true
	}
	g, known := Find(a)
	return known && g.is(b)
}

// OfRegion returns the geographies that an Azure region can serve, in the order of All; none for a region that no policy accepts.
func OfRegion(region string) []Geography {
	return slices.DeleteFunc(All(), func(g Geography) bool { return !slices.Contains(g.Regions(), Normal(region)) })
}

// IsRegion reports whether a name is that of an Azure region, and not that of a geography: "eastus" or "East US", but
// neither "unitedstates" nor anything unknown.
func IsRegion(name string) bool {
	if _, known := Find(name); known {
		return false
	}
	return slices.Contains(regions, Normal(name))
}

// Normal is the one spelling under which names of locations and regions compare: lower case, without spaces.
// Azure shows "East US" where it takes "eastus".
func Normal(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// Regions returns the Azure regions of all pairs, each once.
func (g Geography) Regions() []string {
	var all []string
	for _, region := range slices.Concat(g.Pairs...) {
		if !slices.Contains(all, region) {
			all = append(all, region)
		}
	}
	return all
}

// Networks is how many virtual networks, each in a region of its own, serve the geography: 1 or 2, and 0 if that is not known.
func (g Geography) Networks() int {
	if len(g.Pairs) == 0 {
		return 0
	}
	return len(g.Pairs[0])
}

// MisfitError is the reason why regions do not serve a geography.
type MisfitError struct {
	Region int // which of the regions is to blame, counted from 0; the one after the last if one is missing
	Reason string
}

// Error returns the reason.
func (e *MisfitError) Error() string { return e.Reason }

// Fits returns nil if the regions, in any order, are one of the pairs of the geography, and otherwise a *MisfitError that
// says what is wrong and which regions would do.
func (g Geography) Fits(regions ...string) error {
	misfit := func(region int, format string, args ...any) error {
		return &MisfitError{region, fmt.Sprintf(format, args...)}
	}
	needed := g.Networks()
	given := make([]string, len(regions))
	for i, region := range regions {
		given[i] = Normal(region)
		switch first := slices.Index(given, given[i]); {
		case i == needed && needed == 1:
			return misfit(i, "%s takes one virtual network, in %s; it has no failover region", g.Name, g.choice())
		case i == needed:
			return misfit(i, "%s takes virtual networks in %d regions: %s", g.Name, needed, g.choice())
		case !slices.Contains(g.Regions(), given[i]):
			return misfit(i, "%s is not a region of %s, which is served by %s", given[i], g.Name, g.choice())
		case first < i:
			return misfit(i, "%s is given twice; %s is served by %s", given[i], g.Name, g.choice())
		}
	}
	fits := func(pair []string) bool {
		return len(pair) == len(given) && !slices.ContainsFunc(pair, func(region string) bool { return !slices.Contains(given, region) })
	}
	switch {
	case slices.ContainsFunc(g.Pairs, fits):
		return nil
	case len(given) == 0:
		return misfit(0, "%s is served by %s, but no region is given", g.Name, g.choice())
	case len(given) < needed:
		return misfit(len(given), "%s needs virtual networks in %d regions, and the second is missing: %s", g.Name, needed, g.choice(given...))
	default:
		return misfit(1, "%s are not a pair of %s, which is served by %s", strings.Join(given, " and "), g.Name, g.choice())
	}
}

// choice writes the pairs that hold all the given regions: "eastus with westus, or centralus with eastus2".
func (g Geography) choice(with ...string) string {
	var all []string
	for _, pair := range g.Pairs {
		if !slices.ContainsFunc(with, func(region string) bool { return !slices.Contains(pair, region) }) {
			all = append(all, strings.Join(pair, " with "))
		}
	}
	return strings.Join(all, ", or ")
}

func (g Geography) is(name string) bool {
	name = Normal(name)
	return name == g.Location || name == g.PolicyLocation || name == Normal(g.Name) || slices.Contains(g.Aliases, name)
}

func (g Geography) clone() Geography {
	g.Aliases = slices.Clone(g.Aliases)
	g.Pairs = slices.Clone(g.Pairs)
	for i, pair := range g.Pairs {
		g.Pairs[i] = slices.Clone(pair)
	}
	return g
}
