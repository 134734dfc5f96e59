// Command racy is the control of the race detector: two goroutines write one variable without a lock. make test builds it with the very flags
// of the tests and fails if it is not reported.
package main

import "sync"

func main() {
	n := 0
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range 1000 {
				n++
			}
		})
	}
	wg.Wait()
	println(n)
}
