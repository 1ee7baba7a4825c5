package main

import (
	"strings"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/utils"
)

const knownRulesPeriod = 10 * time.Second

// knownRules is iptables for kube-router's controller, which asks for the dozen rules that lead to its own chains
// each time that a pod comes or goes, by a process for each. What was found stays known until the controller changes
// a rule by itself, or for knownRulesPeriod: kube-proxy puts rules of its own among them.
type knownRules struct {
	utils.IPTablesHandler
	found map[string][]string
	until time.Time
}

func (known *knownRules) Exists(table, chain string, rule ...string) (bool, error) {
	return known.is("rule", func() (bool, error) {
		return known.IPTablesHandler.Exists(table, chain, rule...)
	}, append([]string{table, chain}, rule...)...)
}

func (known *knownRules) ChainExists(table, chain string) (bool, error) {
	return known.is("chain", func() (bool, error) {
		return known.IPTablesHandler.ChainExists(table, chain)
	}, table, chain)
}

func (known *knownRules) List(table, chain string) ([]string, error) {
	return known.remember("rules", func() ([]string, error) {
		return known.IPTablesHandler.List(table, chain)
	}, table, chain)
}

func (known *knownRules) AppendUnique(table, chain string, rule ...string) error {
	if exists, err := known.Exists(table, chain, rule...); exists || err != nil {
		return err
	}
	return known.Append(table, chain, rule...)
}

func (known *knownRules) Append(table, chain string, rule ...string) error {
	known.found = nil
	return known.IPTablesHandler.Append(table, chain, rule...)
}

func (known *knownRules) Insert(table, chain string, position int, rule ...string) error {
	known.found = nil
	return known.IPTablesHandler.Insert(table, chain, position, rule...)
}

func (known *knownRules) Delete(table, chain string, rule ...string) error {
	known.found = nil
	return known.IPTablesHandler.Delete(table, chain, rule...)
}

func (known *knownRules) NewChain(table, chain string) error {
	known.found = nil
	return known.IPTablesHandler.NewChain(table, chain)
}

// is remembers what is there, and asks anew for what is not.
func (known *knownRules) is(what string, ask func() (bool, error), words ...string) (bool, error) {
	there, err := known.remember(what, func() ([]string, error) {
		exists, err := ask()
		if !exists {
			return nil, err
		}
		return []string{}, err
	}, words...)
	return there != nil, err
}

func (known *knownRules) remember(what string, ask func() ([]string, error), words ...string) ([]string, error) {
	if known.found == nil || time.Now().After(known.until) {
		known.found = map[string][]string{}
		known.until = time.Now().Add(knownRulesPeriod)
	}
	key := what + " " + strings.Join(words, "\x00")
	if answer, ok := known.found[key]; ok {
		return answer, nil
	}
	answer, err := ask()
	if err == nil && answer != nil {
		known.found[key] = answer
	}
	return answer, err
}
