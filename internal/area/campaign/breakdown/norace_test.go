//go:build !race

package breakdown

const watched = false
