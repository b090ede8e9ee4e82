// Oracle: checks a published log and proofs with golang.org/x/mod/sumdb, which shares no code with this project.
//
//	oracle LOG_DIRECTORY VKEY [OLD_CHECKPOINT]   checks signature, every entry, every tile, inclusion, consistency
//	oracle --proofs FILE                         checks {"inclusion": […], "consistency": […]}, prints which hold
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type files struct{ dir string }

func (f files) Height() int { return height }

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		path := "tile/" + strings.TrimPrefix(t.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(f.dir, path))
		if err != nil {
			full := t
			full.W = 1 << height
			data, err = os.ReadFile(filepath.Join(f.dir, "tile/"+strings.TrimPrefix(full.Path(), "tile/8/")))
			if err != nil {
				return nil, err
			}
			data = data[:t.W*32]
		}
		out = append(out, data)
	}
	return out, nil
}

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func fail(format string, args ...interface{}) {
	fmt.Printf(format+"\n", args...)
	os.Exit(1)
}

func open(data []byte, vkey string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		fail("key: %v", err)
	}
	n, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		fail("note: %v", err)
	}
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[0] != verifier.Name() || len(lines) != 4 {
		fail("not a checkpoint of %s", verifier.Name())
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("root: %v", err)
	}
	return tlog.Tree{N: size, Hash: root}
}

func checkEntries(f files, tree tlog.Tree, hashes tlog.HashReader) {
	for first := int64(0); first < tree.N; first += 256 {
		width := tree.N - first
		if width > 256 {
			width = 256
		}
		t := tlog.Tile{H: height, L: 0, N: first / 256, W: int(width)}
		path := "tile/entries/" + strings.TrimPrefix(t.Path(), "tile/8/0/")
		data, err := os.ReadFile(filepath.Join(f.dir, path))
		if err != nil {
			fail("%v", err)
		}
		for i := first; i < first+width; i++ {
			length := int(binary.BigEndian.Uint16(data))
			want, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, i)})
			if err != nil {
				fail("leaf %d: %v", i, err)
			}
			if tlog.RecordHash(data[2:2+length]) != want[0] {
				fail("leaf %d mismatch", i)
			}
			data = data[2+length:]
		}
		if len(data) != 0 {
			fail("%s has trailing bytes", path)
		}
	}
}

func checkLog(dir, vkey, oldPath string) {
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		fail("%v", err)
	}
	tree := open(data, vkey)
	f := files{dir}
	hashes := tlog.TileHashReader(tree, f)
	checkEntries(f, tree, hashes)
	for i := int64(0); i < tree.N; i += 97 {
		proof, err := tlog.ProveRecord(tree.N, i, hashes)
		if err != nil {
			fail("prove %d: %v", i, err)
		}
		leaf, _ := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, i)})
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, i, leaf[0]); err != nil {
			fail("record %d: %v", i, err)
		}
	}
	if oldPath != "" {
		kept, err := os.ReadFile(oldPath)
		if err != nil {
			fail("%v", err)
		}
		old := open(kept, vkey)
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		if err != nil {
			fail("consistency: %v", err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			fail("consistency: %v", err)
		}
	}
	fmt.Printf("ok %d\n", tree.N)
}

type proofs struct {
	Inclusion []struct {
		Index, Size int64
		Leaf, Root  tlog.Hash
		Path        []tlog.Hash
	}
	Consistency []struct {
		Old, Size     int64
		OldRoot, Root tlog.Hash
		Path          []tlog.Hash
	}
}

func checkProofs(path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		fail("%v", err)
	}
	var all proofs
	if err := json.Unmarshal(data, &all); err != nil {
		fail("%v", err)
	}
	out := map[string][]bool{"inclusion": {}, "consistency": {}}
	for _, p := range all.Inclusion {
		err := tlog.CheckRecord(p.Path, p.Size, p.Root, p.Index, p.Leaf)
		out["inclusion"] = append(out["inclusion"], err == nil)
	}
	for _, p := range all.Consistency {
		err := tlog.CheckTree(p.Path, p.Size, p.Root, p.Old, p.OldRoot)
		out["consistency"] = append(out["consistency"], err == nil)
	}
	json.NewEncoder(os.Stdout).Encode(out)
}

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "--proofs":
		checkProofs(os.Args[2])
	case len(os.Args) == 3:
		checkLog(os.Args[1], os.Args[2], "")
	case len(os.Args) == 4:
		checkLog(os.Args[1], os.Args[2], os.Args[3])
	default:
		fail("usage: oracle LOG VKEY [OLD] | oracle --proofs FILE")
	}
}
