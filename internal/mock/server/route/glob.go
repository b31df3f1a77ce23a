package route

import "strings"

// Glob says whether text matches pattern, in which * stands for any characters, slashes and dots included. Case does
// not matter. An empty pattern matches everything.
func Glob(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	pieces := strings.Split(strings.ToLower(pattern), "*")
	text = strings.ToLower(text)
	if len(pieces) == 1 {
		return pieces[0] == text
	}
	text, ok := strings.CutPrefix(text, pieces[0])
	if !ok {
		return false
	}
	last := pieces[len(pieces)-1]
	for _, piece := range pieces[1 : len(pieces)-1] {
		at := strings.Index(text, piece)
		if at < 0 {
			return false
		}
		text = text[at+len(piece):]
	}
	return strings.HasSuffix(text, last)
}
