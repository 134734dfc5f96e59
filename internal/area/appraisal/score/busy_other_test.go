//go:build !linux

package score

import "time"

var begun = time.Now()

// busy is the time that has passed, where the system does not tell the processor's.
func busy() time.Duration { return time.Since(begun) }
