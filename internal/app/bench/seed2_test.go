package bench
import "testing"
func TestSeedOnly(t *testing.T) { d := open(t, full); t.Log(len(d.Items), d.First) }
