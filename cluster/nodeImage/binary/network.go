package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// The protocol number that marks this program's routes, so that it removes no one else's.
const routeProtocol netlink.RouteProtocol = 199

// Pods get a veth pair and a route each: nothing is bridged, so every packet passes the node's NAT.
const cniConfig = `{
  "cniVersion": "0.4.0",
  "name": "pod-network",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": false,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni-ipam-state",
        "ranges": [[{ "subnet": "%s" }]],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
`

// podNetwork connects this node's pods with those of every other node: it writes the CNI configuration
// for the node's own pod range and keeps one route for each other node.
func podNetwork() {
	flags := flag.NewFlagSet("pod-network", flag.ExitOnError)
	podRange := flags.String("pod-range", "10.244.0.0/16", "addresses of all pods")
	configFolder := flags.String("cni-config", "/etc/cni/net.d", "folder for the CNI configuration")
	_ = flags.Parse(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	config, err := rest.InClusterConfig()
	fatal("reading the service account", err)
	client, err := kubernetes.NewForConfig(config)
	fatal("making a client", err)
	fatal("hiding pod addresses from the outside", masquerade(*podRange))

	factory := informers.NewSharedInformerFactory(client, 5*time.Minute)
	nodes := factory.Core().V1().Nodes()
	changed := make(chan struct{}, 1)
	changed <- struct{}{}
	notice := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	_, err = nodes.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notice() },
		UpdateFunc: func(any, any) { notice() },
		DeleteFunc: func(any) { notice() },
	})
	fatal("watching nodes", err)
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			if err := connect(nodes.Lister(), os.Getenv("NODE_NAME"), *configFolder); err != nil {
				log.Printf("connecting nodes: %v; trying again", err)
				time.AfterFunc(time.Second, notice)
			}
		}
	}
}

func connect(lister listers.NodeLister, self string, configFolder string) error {
	nodes, err := lister.List(labels.Everything())
	if err != nil {
		return err
	}
	wanted := map[string]net.IP{}
	for _, node := range nodes {
		if node.Spec.PodCIDR == "" {
			continue
		}
		if node.Name == self {
			if err := writeConfig(configFolder, node.Spec.PodCIDR); err != nil {
				return err
			}
		} else if address := internalAddress(node); address != nil {
			wanted[node.Spec.PodCIDR] = address
		}
	}
	return setRoutes(wanted)
}

func internalAddress(node *v1.Node) net.IP {
	for _, address := range node.Status.Addresses {
		if address.Type == v1.NodeInternalIP {
			return net.ParseIP(address.Address)
		}
	}
	return nil
}

// writeConfig replaces the file in one step: the kubelet must never read half of it.
func writeConfig(folder string, podCIDR string) error {
	path := filepath.Join(folder, "10-pod-network.conflist")
	content := fmt.Sprintf(cniConfig, podCIDR)
	if present, err := os.ReadFile(path); err == nil && string(present) == content {
		return nil
	}
	if err := os.WriteFile(path+".new", []byte(content), 0o644); err != nil {
		return err
	}
	log.Printf("this node's pods get addresses of %s", podCIDR)
	return os.Rename(path+".new", path)
}

func setRoutes(wanted map[string]net.IP) error {
	present, err := netlink.RouteListFiltered(netlink.FAMILY_V4,
		&netlink.Route{Protocol: routeProtocol}, netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return err
	}
	for _, route := range present {
		gateway, keep := wanted[route.Dst.String()]
		if keep && gateway.Equal(route.Gw) {
			delete(wanted, route.Dst.String())
		} else if !keep {
			log.Printf("no route to %s any more", route.Dst)
			if err := netlink.RouteDel(&route); err != nil {
				return err
			}
		}
	}
	for cidr, gateway := range wanted {
		_, destination, err := net.ParseCIDR(cidr)
		if err != nil {
			return err
		}
		log.Printf("route to %s by %s", cidr, gateway)
		route := &netlink.Route{Dst: destination, Gw: gateway, Protocol: routeProtocol}
		if err := netlink.RouteReplace(route); err != nil {
			return fmt.Errorf("route to %s by %s: %w", cidr, gateway, err)
		}
	}
	return nil
}

// masquerade gives what leaves the pod network the node's own address; between pods nothing is changed.
func masquerade(podRange string) error {
	rule := []string{"POSTROUTING", "-s", podRange, "!", "-d", podRange, "-j", "MASQUERADE"}
	if iptables(append([]string{"-C"}, rule...)) == nil {
		return nil
	}
	return iptables(append([]string{"-A"}, rule...))
}

func iptables(arguments []string) error {
	output, err := exec.Command("iptables", append([]string{"-w", "-t", "nat"}, arguments...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("iptables %s: %w: %s", strings.Join(arguments, " "), err, output)
	}
	return nil
}

func fatal(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
