// SPDX-License-Identifier: Apache-2.0

// Goroutines doing the tasks of `exocast-bench gather`: each yields once, then ends with its number or an error.
//
//	go-gather SECONDS
//
// measures each case for SECONDS and prints JSON lines {kind, name, n, value}: CPU time of the process in ns for each task,
// medians of rounds. One processor, as the others have one thread.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

const limit = 64

var errRefused = errors.New("refused")

type result struct {
	value int
	err   error
}

func work(index int) result {
	runtime.Gosched()
	if index&63 == 63 {
		return result{err: errRefused}
	}
	return result{value: index}
}

func check(results []result) {
	failed := 0
	for _, r := range results {
		if r.err != nil {
			failed++
		}
	}
	if failed != len(results)/64 {
		log.Fatalf("%d of %d tasks failed", failed, len(results))
	}
}

// The usual way: a limit, a deadline for all, every result kept.
func limited(n int) time.Duration {
	return timed(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		results := make([]result, n)
		var group errgroup.Group
		group.SetLimit(limit)
		for i := 0; i < n && ctx.Err() == nil; i++ {
			i := i
			group.Go(func() error {
				results[i] = work(i)
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			log.Fatal(err)
		}
		check(results)
	})
}

func plain(n int) time.Duration {
	return timed(func() {
		results := make([]result, n)
		var all sync.WaitGroup
		all.Add(n)
		for i := 0; i < n; i++ {
			i := i
			go func() {
				results[i] = work(i)
				all.Done()
			}()
		}
		all.Wait()
		check(results)
	})
}

// From cancelling the context that n goroutines wait for until all have said so.
func cancelled(n int) time.Duration {
	ctx, cancel := context.WithCancel(context.Background())
	errs := make([]error, n)
	var all sync.WaitGroup
	all.Add(n)
	for i := 0; i < n; i++ {
		i := i
		go func() {
			<-ctx.Done()
			errs[i] = ctx.Err()
			all.Done()
		}()
	}
	time.Sleep(time.Millisecond + time.Duration(n)*time.Microsecond) // so that all wait
	return timed(func() {
		cancel()
		all.Wait()
	})
}

func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		log.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func timed(run func()) time.Duration {
	before := cpuTime()
	run()
	return cpuTime() - before
}

func measure(kind, name string, n int, budget time.Duration, run func(n int) time.Duration) {
	run(n)
	var rounds []float64
	for end := time.Now().Add(budget); len(rounds) < 5 || time.Now().Before(end); {
		rounds = append(rounds, float64(run(n).Nanoseconds())/float64(n))
	}
	sort.Float64s(rounds)
	line, err := json.Marshal(map[string]any{"kind": kind, "name": name, "n": n, "value": rounds[len(rounds)/2]})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

func main() {
	seconds := 0.5
	if len(os.Args) > 1 {
		var err error
		if seconds, err = strconv.ParseFloat(os.Args[1], 64); err != nil {
			log.Fatal(err)
		}
	}
	budget := time.Duration(seconds * float64(time.Second))
	runtime.GOMAXPROCS(1)
	for _, n := range []int{1000, 100000} {
		measure("gather", "Go errgroup, limit 64 + deadline", n, budget, limited)
		measure("gather", "Go goroutines + WaitGroup", n, budget, plain)
		measure("cancel", "Go context cancelled", n, budget, cancelled)
	}
}
