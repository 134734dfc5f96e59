package task

import (
	"testing"

	"duban/internal/base/amount"
	"duban/internal/spine/indicator"
)

func TestShare(t *testing.T) {
	for _, x := range []struct{ v, target, want int64 }{{0, 10, 0}, {5, 10, 5000}, {10, 10, 10000}, {15, 10, 10000}, {1, 3, 3333}, {2, 3, 6667}, {5, 0, 0}, {-1, 10, 0}} {
		v := amount.Scaled(x.v)
		if got, _ := Share(&v, 0, amount.Scaled(x.target), indicator.Up); got != x.want {
			t.Errorf("%d of %d: %d, want %d", x.v, x.target, got, x.want)
		}
	}
	for _, x := range []struct{ v, pace, done, due int64 }{{40, 50, 5000, 5000}, {50, 50, 5000, 5000}, {60, 50, 4000, 5000}, {130, 50, 0, 5000}} {
		v := amount.Scaled(x.v)
		if done, due := Share(&v, amount.Scaled(x.pace), 100, indicator.Down); done != x.done || due != x.due {
			t.Errorf("less is better, %d with %d allowed: %d of %d, want %d of %d", x.v, x.pace, done, due, x.done, x.due)
		}
	}
	if done, due := Share(nil, 50, 100, indicator.Down); done != 0 || due != 5000 {
		t.Errorf("nothing known counts nothing: %d of %d", done, due)
	}
}
