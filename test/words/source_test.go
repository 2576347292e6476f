package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gobind/internal/testenv"
)

// sources are the files that match, relative to the repository, tests aside.
func sources(t *testing.T, patterns ...string) []string {
	t.Helper()
	var all []string
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(testenv.Repo(), pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(files))
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				all = append(all, strings.TrimPrefix(file, testenv.Repo()+"/"))
			}
		}
	}
	return all
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(testenv.Repo(), file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// texts are the strings in a file that have words, struct tags and imports aside.
func texts(file *ast.File) []string {
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec, *ast.StructType:
			return false
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && isProse(text) {
				all = append(all, text)
			}
		}
		return true
	})
	return all
}

// errorTexts are the first strings of errors.New and fmt.Errorf, were they one word.
func errorTexts(file *ast.File) []string {
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		made, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || made.Sel.Name != "New" && made.Sel.Name != "Errorf" || len(call.Args) == 0 {
			return true
		}
		if lit, ok := call.Args[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				all = append(all, text)
			}
		}
		return true
	})
	return all
}

// holes are what is filled in: verbs of package fmt, and names in braces.
var holes = regexp.MustCompile(`%[-+#0 ]*(?:\[\d\])?\d*(?:\.\d+)?[a-zA-Z]|\{[a-z]+\}|\$\{[a-z_]+\}`)

var word = regexp.MustCompile(`[a-z]{2,}`)

// isProse reports whether a string has two words or more.
func isProse(text string) bool {
	return len(word.FindAllString(holes.ReplaceAllString(text, " "), -1)) > 1 && strings.Contains(strings.TrimSpace(text), " ")
}

// read returns the files that match as one text in one line.
func read(t *testing.T, patterns ...string) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(testenv.Repo(), pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(files))
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
			all.WriteByte('\n')
		}
	}
	return strings.Join(strings.Fields(all.String()), " ")
}
