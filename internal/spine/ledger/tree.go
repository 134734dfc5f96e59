package ledger

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// edge is the right edge of a tree: the roots of the full subtrees that it falls into, largest first.
// With it an entry is added, and the root known, without reading one stored hash.
type edge []tlog.Hash

func parseEdge(size int64, b []byte) (edge, error) {
	if len(b) != bits.OnesCount64(uint64(size))*tlog.HashSize {
		return nil, fmt.Errorf("ledger: the edge of %d entries has %d bytes", size, len(b))
	}
	return edge(parseHashes(b)), nil
}

func parseHashes(b []byte) (out []tlog.Hash) {
	for ; len(b) >= tlog.HashSize; b = b[tlog.HashSize:] {
		out = append(out, tlog.Hash(b[:tlog.HashSize]))
	}
	return out
}

func pack(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

// add returns the edge with one more leaf, and the hashes that the leaf completes: its own, then those of
// the subtrees above it, level by level.
func (e edge) add(size int64, leaf tlog.Hash) (edge, []tlog.Hash) {
	e = append(edge(nil), e...)
	done := []tlog.Hash{leaf}
	for n := size; n&1 == 1; n >>= 1 {
		leaf = tlog.NodeHash(e[len(e)-1], leaf)
		e = e[:len(e)-1]
		done = append(done, leaf)
	}
	return append(e, leaf), done
}

// root returns the root of the tree.
func (e edge) root() tlog.Hash {
	if len(e) == 0 {
		h, _ := tlog.TreeHash(0, nil)
		return h
	}
	h := e[len(e)-1]
	for i := len(e) - 2; i >= 0; i-- {
		h = tlog.NodeHash(e[i], h)
	}
	return h
}

var errProof = errors.New("ledger: the proof does not hold")

// CheckInclusion reports whether proof shows that the tree of the given size and root holds leaf at index (0, 1, …).
//
// Source: RFC 9162 2.1.3.2.
func CheckInclusion(index, size int64, leaf, root tlog.Hash, proof []tlog.Hash) error {
	if index < 0 || index >= size {
		return errProof
	}
	fn, sn, r := index, size-1, leaf
	for _, p := range proof {
		if sn == 0 {
			return errProof
		}
		if fn&1 == 1 || fn == sn {
			r = tlog.NodeHash(p, r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = tlog.NodeHash(r, p)
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 || r != root {
		return errProof
	}
	return nil
}

// CheckConsistency reports whether proof shows that the tree of size1 and root1 is the beginning of the tree of size2 and root2.
//
// Source: RFC 9162 2.1.4.2.
func CheckConsistency(size1, size2 int64, root1, root2 tlog.Hash, proof []tlog.Hash) error {
	if size1 < 1 { // an empty tree is the beginning of every tree, which says nothing
		return errProof
	}
	return checkSubtree(0, size1, size2, root1, root2, proof)
}

// checkSubtree is CheckConsistency for the entries [start, end) of the larger tree; start is 0 for a checkpoint.
func checkSubtree(start, end, size int64, node, root tlog.Hash, proof []tlog.Hash) error {
	if start == end && start >= 0 && end <= size { // nothing is part of everything
		if empty, _ := tlog.TreeHash(0, nil); node != empty || len(proof) > 0 {
			return errProof
		}
		return nil
	}
	if !validSubtree(start, end) || end > size {
		return errProof
	}
	fn, sn, tn := start, end-1, size-1
	if sn == tn {
		for fn != sn {
			fn, sn, tn = fn>>1, sn>>1, tn>>1
		}
	} else {
		for fn != sn && sn&1 == 1 {
			fn, sn, tn = fn>>1, sn>>1, tn>>1
		}
	}
	fr := node
	if fn != sn {
		if len(proof) == 0 {
			return errProof
		}
		fr, proof = proof[0], proof[1:]
	}
	sr := fr
	for _, p := range proof {
		if tn == 0 {
			return errProof
		}
		if sn&1 == 1 || sn == tn {
			if fn < sn {
				fr = tlog.NodeHash(p, fr)
			}
			sr = tlog.NodeHash(p, sr)
			for sn&1 == 0 && sn != 0 {
				fn, sn, tn = fn>>1, sn>>1, tn>>1
			}
		} else {
			sr = tlog.NodeHash(sr, p)
		}
		fn, sn, tn = fn>>1, sn>>1, tn>>1
	}
	if tn != 0 || fr != node || sr != root {
		return errProof
	}
	return nil
}

// validSubtree reports whether [start, end) is one subtree: start is a multiple of the power of two that holds it.
func validSubtree(start, end int64) bool {
	if start < 0 || end <= start {
		return false
	}
	full := int64(1) << bits.Len64(uint64(end-start-1))
	return start%full == 0
}
