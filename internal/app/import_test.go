package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportTooLarge: a file beyond the bounds of an upload is refused before it is held in memory.
func TestImportTooLarge(t *testing.T) {
	name := filepath.Join(t.TempDir(), "任务.txt")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(3 << 30); err != nil {
		t.Skip(err)
	}
	f.Close()
	if _, err := readUpload(name); err == nil || !strings.Contains(err.Error(), "文件太大") {
		t.Errorf("3 GB: %v", err)
	}
	if _, err := readUpload(name + "x"); err == nil || !strings.Contains(err.Error(), "读不了文件") {
		t.Errorf("no such file: %v", err)
	}
}
