package ledger

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// vectors are published test cases of inclusion and consistency proofs; most must be refused.
func vectors(t *testing.T) string {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "merkle_tlog", "transparency-dev-merkle-testdata")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI needs the published Merkle test cases: ", err)
		}
		t.Skip("the published Merkle test cases are not here: ", dir)
	}
	return dir
}

type vector struct {
	LeafIdx, TreeSize, Size1, Size2, Start, End, Size uint64
	Root, Root1, Root2, LeafHash                      []byte
	Proof                                             [][]byte
	Desc                                              string
	WantErr                                           bool
}

// hash reads a hash; text that is no hash, as some cases have it, becomes one that nothing equals but itself.
func hash(b []byte) tlog.Hash {
	if len(b) != tlog.HashSize {
		return sha256.Sum256(append([]byte("no hash "), b...))
	}
	return tlog.Hash(b)
}

func (v vector) check(kind string) error {
	var proof []tlog.Hash
	for _, b := range v.Proof {
		proof = append(proof, hash(b))
	}
	switch kind {
	case "inclusion":
		if len(v.LeafHash) == 0 {
			return errProof
		}
		return CheckInclusion(int64(v.LeafIdx), int64(v.TreeSize), hash(v.LeafHash), hash(v.Root), proof)
	case "consistency":
		return CheckConsistency(int64(v.Size1), int64(v.Size2), hash(v.Root1), hash(v.Root2), proof)
	case "subtreeinclusion":
		if len(v.LeafHash) == 0 || !validSubtree(int64(v.Start), int64(v.End)) {
			return errProof
		}
		return CheckInclusion(int64(v.LeafIdx-v.Start), int64(v.End-v.Start), hash(v.LeafHash), hash(v.Root), proof)
	case "subtreeconsistency":
		return checkSubtree(int64(v.Start), int64(v.End), int64(v.Size), hash(v.Root1), hash(v.Root2), proof)
	}
	return fmt.Errorf("unknown kind %s", kind)
}

func TestPublishedProofs(t *testing.T) {
	dir := vectors(t)
	cases, refused := 0, 0
	filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		var v vector
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(p, err)
		}
		rel, _ := filepath.Rel(dir, p)
		kind, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
		cases++
		if v.WantErr {
			refused++
		}
		if err := v.check(kind); (err != nil) != v.WantErr {
			t.Errorf("%s (%s): got %v, want error %v", rel, v.Desc, err, v.WantErr)
		}
		return nil
	})
	if cases != 518 || refused != 482 {
		t.Errorf("%d cases, %d to refuse; want 518 and 482", cases, refused)
	}
}

// The edge and the checks agree with x/mod's tlog on every tree up to 70 leaves.
func TestEdgeAgainstTlog(t *testing.T) {
	var e edge
	var stored []tlog.Hash
	r := tlog.HashReaderFunc(func(ix []int64) (out []tlog.Hash, err error) {
		for _, i := range ix {
			out = append(out, stored[i])
		}
		return out, nil
	})
	roots := []tlog.Hash{e.root()}
	var leaves []tlog.Hash
	for n := int64(0); n < 70; n++ {
		leaf := tlog.RecordHash(fmt.Appendf(nil, "leaf %d", n))
		leaves = append(leaves, leaf)
		want, err := tlog.StoredHashesForRecordHash(n, leaf, r)
		if err != nil {
			t.Fatal(err)
		}
		var got []tlog.Hash
		e, got = e.add(n, leaf)
		if string(pack(got)) != string(pack(want)) {
			t.Fatalf("leaf %d completes other hashes", n)
		}
		stored = append(stored, want...)
		root, _ := tlog.TreeHash(n+1, r)
		if e.root() != root {
			t.Fatalf("root of %d", n+1)
		}
		back, err := parseEdge(n+1, pack(e))
		if err != nil || back.root() != root {
			t.Fatalf("edge of %d does not read back: %v", n+1, err)
		}
		roots = append(roots, root)
	}
	for size := int64(1); size <= 70; size++ {
		for i := range size {
			p, _ := tlog.ProveRecord(size, i, r)
			if err := CheckInclusion(i, size, leaves[i], roots[size], p); err != nil {
				t.Fatalf("leaf %d in %d", i, size)
			}
			if CheckInclusion(i, size, roots[size], roots[size], p) == nil && size > 1 {
				t.Fatalf("a wrong leaf %d passes in %d", i, size)
			}
			if i == 0 {
				continue
			}
			q, _ := tlog.ProveTree(size, i, r)
			if err := CheckConsistency(i, size, roots[i], roots[size], q); err != nil {
				t.Fatalf("%d in %d", i, size)
			}
			if CheckConsistency(i, size, roots[i-1], roots[size], q) == nil {
				t.Fatalf("a wrong beginning passes: %d in %d", i, size)
			}
		}
	}
}
