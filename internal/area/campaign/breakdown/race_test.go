//go:build race

package breakdown

const watched = true
