package breakdown

import "testing"

// A pattern that does not compile would be found by the first user who needs it, and not by the build.
func TestPatternsCompile(t *testing.T) {
	if len(patterns) < 50 {
		t.Fatalf("%d patterns", len(patterns))
	}
	for _, p := range patterns {
		p.re()
	}
}
