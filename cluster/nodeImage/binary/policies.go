package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const (
	// How often all rules are written anew, whatever happened to them.
	policySyncPeriod = time.Minute
	// How far apart they are written where much changes. The first change is answered at once.
	policySyncPause = time.Second
	// Where the iptables is that writes no nftables. All rules are read and written at each change of a pod, which
	// takes it a quarter of the CPU.
	legacyIptables = "/usr/lib/iptables-legacy"
)

// networkPolicies enforces NetworkPolicies on this node's pods, with kube-router's controller for them and
// nothing else of kube-router: neither its routes nor its proxy for Services.
func networkPolicies() {
	flags := flag.NewFlagSet("network-policies", flag.ExitOnError)
	serviceRange := flags.String("service-range", "10.96.0.0/16", "addresses of all Services")
	_ = flags.Parse(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	config, err := rest.InClusterConfig()
	fatal("reading the service account", err)
	client, err := kubernetes.NewForConfig(config)
	fatal("making a client", err)

	settings := options.NewKubeRouterConfig()
	settings.EnableIPv4 = true
	settings.ClusterIPCIDRs = []string{*serviceRange}
	settings.HostnameOverride = os.Getenv("NODE_NAME")
	settings.IPTablesSyncPeriod = policySyncPeriod
	preferLegacyIptables()
	iptables, ipsets, err := netpol.NewIPTablesHandlers(settings)
	fatal("looking for iptables and ipset", err)
	for family, handler := range iptables {
		iptables[family] = &knownRules{IPTablesHandler: handler}
	}

	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())

	controller, err := netpol.NewNetworkPolicyController(
		client, settings, pods, policies, namespaces, &sync.Mutex{}, iptables, ipsets)
	fatal("making the controller", err)
	for informer, handler := range map[cache.SharedIndexInformer]cache.ResourceEventHandler{
		pods:       controller.PodEventHandler,
		policies:   controller.NetworkPolicyEventHandler,
		namespaces: controller.NamespaceEventHandler,
	} {
		_, err := informer.AddEventHandler(handler)
		fatal("watching pods, policies and namespaces", err)
	}

	heartbeats := make(chan *healthcheck.ControllerHeartbeat)
	go func() {
		for range heartbeats { // before it reads what to write, the controller waits for whoever takes this
			time.Sleep(policySyncPause)
		}
	}()
	var running sync.WaitGroup
	running.Add(1)
	log.Printf("enforcing NetworkPolicies on %s", settings.HostnameOverride)
	controller.Run(heartbeats, ctx.Done(), &running)
	running.Wait()
}

// preferLegacyIptables has iptables be the former one, where this machine's kernel has that.
func preferLegacyIptables() {
	if err := exec.Command(filepath.Join(legacyIptables, "iptables"), "-w", "-S").Run(); err != nil {
		log.Printf("writing rules by nftables: %v", err)
		return
	}
	fatal("preferring the former iptables", os.Setenv("PATH", legacyIptables+":"+os.Getenv("PATH")))
}
