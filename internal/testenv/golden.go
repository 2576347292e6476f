package testenv

import (
	"os"
	"path/filepath"
	"testing"
)

// Golden compares text with a file of testdata, which UPDATE=1 writes anew.
func Golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("%s differs (UPDATE=1 writes it anew):\n%s", file, text)
	}
}
