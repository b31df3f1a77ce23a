package acctest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page is a Markdown text of the repository.
type page struct{ name, text string }

// block is a fenced block of a page.
type block struct {
	lang, text string
	line       int
	// intro is the paragraph before it.
	intro string
}

func open(t *testing.T, name string) page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return page{name, string(text)}
}

func guide(t *testing.T, name string) page {
	t.Helper()
	return open(t, "templates/guides/"+name+".md")
}

// guides are all pages that people read before they have chosen an object.
func guides(t *testing.T) []page {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "templates", "guides", "*.md"))
	if err != nil || len(names) == 0 {
		t.Fatal("no guides", err)
	}
	all := []page{open(t, "README.md"), open(t, "templates/index.md.tmpl")}
	for _, name := range names {
		all = append(all, open(t, "templates/guides/"+filepath.Base(name)))
	}
	return all
}

// section is the part below a heading of the second level.
func (p page) section(t *testing.T, heading string) page {
	t.Helper()
	_, text, ok := strings.Cut(p.text, "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("%s has no section %q", p.name, heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return page{p.name + ": " + heading, text}
}

// blocks lists the fenced blocks, those of one of the languages if any is given.
func (p page) blocks(langs ...string) []block {
	var all []block
	var paragraph, body []string
	var open *block
	gap := false
	for i, line := range strings.Split(p.text, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			open, body = &block{lang: fence, line: i + 1, intro: strings.Join(paragraph, " ")}, nil
		case isFence:
			open.text = strings.Join(body, "\n") + "\n"
			if len(langs) == 0 || slices.Contains(langs, open.lang) {
				all = append(all, *open)
			}
			open, paragraph = nil, nil
		case open != nil:
			body = append(body, line)
		case line == "":
			gap = true
		case gap:
			paragraph, gap = []string{line}, false
		default:
			paragraph = append(paragraph, line)
		}
	}
	return all
}

// only is the one block of the languages whose text contains all words.
func (p page) only(t *testing.T, lang string, words ...string) block {
	t.Helper()
	found := slices.DeleteFunc(p.blocks(lang), func(b block) bool {
		return slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(b.text, w) })
	})
	if len(found) != 1 {
		t.Fatalf("%s has %d blocks of %s with %q", p.name, len(found), lang, words)
	}
	return found[0]
}

var span = regexp.MustCompile("`([^`\n]+)`")

// spans lists what stands between backticks.
func spans(text string) []string {
	var all []string
	for _, m := range span.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// rows lists the rows of all tables, each with the code of each cell, without the headings.
func (p page) rows() [][][]string {
	var all [][][]string
	head := true
	for line := range strings.Lines(p.text) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			head = true
		case strings.HasPrefix(line, "|---"):
			head = false
		case !head:
			var row [][]string
			for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
				row = append(row, spans(cell))
			}
			all = append(all, row)
		}
	}
	return all
}

// commands splits a block of shell into commands and their words. It knows what the guides use: comments, both quotes
// and continued lines.
func (b block) commands() [][]string {
	var all [][]string
	var words []string
	var word strings.Builder
	var quote byte
	started := false
	end := func() {
		if started {
			words = append(words, word.String())
		}
		word.Reset()
		started = false
	}
	for i := 0; i < len(b.text); i++ {
		c := b.text[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, started = c, true
		case c == '\\' && strings.HasPrefix(b.text[i+1:], "\n"):
			i++
		case c == '#' && !started:
			if n := strings.IndexByte(b.text[i:], '\n'); n > 0 {
				i += n - 1
			}
		case c == '\n':
			end()
			if len(words) > 0 {
				all = append(all, words)
			}
			words = nil
		case c == ' ':
			end()
		default:
			word.WriteByte(c)
			started = true
		}
	}
	return all
}

// exports are the variables that a block of shell exports.
func (b block) exports() map[string]string {
	env := map[string]string{}
	for _, words := range b.commands() {
		if words[0] == "export" {
			for _, w := range words[1:] {
				name, value, _ := strings.Cut(w, "=")
				env[name] = value
			}
		}
	}
	return env
}

func TestCommandsAreReadAsAShellReadsThem(t *testing.T) {
	t.Parallel()
	p := page{"test", "Before\nit:\n\n```shell\na b'c d' \\\n  \"e\" # f\n# g\nexport H=i J='k'\n```\n"}
	b := p.only(t, "shell", "a b")
	want := [][]string{{"a", "bc d", "e"}, {"export", "H=i", "J=k"}}
	if got := b.commands(); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%q", got)
	}
	if env := b.exports(); len(env) != 2 || env["H"] != "i" || env["J"] != "k" || b.intro != "Before it:" {
		t.Errorf("%q %q", env, b.intro)
	}
}
