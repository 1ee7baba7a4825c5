// A minimal operator on controller-runtime, against which bench:operator measures ours: it watches HitCounters and
// their children, applies the same objects by server-side apply, ten HitCounters at once, and writes each status once.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/manager/signals"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const name = "bench-controller-runtime"

// templates is the file that bench/operator/templates.ts writes.
type templates struct {
	// Selector of the children by their labels.
	Selector string `json:"selector"`
	// Objects are the children of one HitCounter, with placeholders for what differs from one to the next.
	Objects []json.RawMessage `json:"objects"`
	// Status is what is written when all of them are applied.
	Status json.RawMessage `json:"status"`
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "a kubeconfig")
	file := flag.String("templates", "", "the children's templates")
	workers := flag.Int("workers", 10, "HitCounters reconciled at once")
	flag.Parse()
	if err := run(signals.SetupSignalHandler(), *kubeconfig, *file, *workers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig, file string, workers int) error {
	log.SetLogger(logr.Discard())
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var wanted templates
	if err := json.Unmarshal(text, &wanted); err != nil {
		return err
	}
	selector, err := labels.Parse(wanted.Selector)
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.UserAgent = name
	config.QPS = -1 // the API server's own limits are enough
	if err := addHitCounter(scheme.Scheme); err != nil {
		return err
	}

	children, err := kindsOf(wanted.Objects)
	if err != nil {
		return err
	}
	byObject := map[client.Object]cache.ByObject{}
	for _, child := range children {
		byObject[child] = cache.ByObject{Label: selector}
	}
	mgr, err := manager.New(config, manager.Options{
		Scheme:  scheme.Scheme,
		Metrics: server.Options{BindAddress: "0"},
		Cache:   cache.Options{ByObject: byObject, DefaultTransform: cache.TransformStripManagedFields()},
	})
	if err != nil {
		return err
	}
	controller := builder.ControllerManagedBy(mgr).
		Named("hitcounter").
		For(&HitCounter{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers})
	for _, child := range children {
		controller = controller.Owns(child)
	}
	if err := controller.Complete(&reconciler{client: mgr.GetClient(), templates: wanted}); err != nil {
		return err
	}
	go func() {
		if mgr.GetCache().WaitForCacheSync(ctx) {
			fmt.Println(`{"msg":"caches are in sync; reconciling"}`)
		}
	}()
	return mgr.Start(ctx)
}

// kindsOf returns an empty object of each kind, of the type that client-go has for it.
func kindsOf(objects []json.RawMessage) ([]client.Object, error) {
	seen := map[schema.GroupVersionKind]bool{}
	var kinds []client.Object
	for _, text := range objects {
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(text); err != nil {
			return nil, err
		}
		kind := object.GroupVersionKind()
		if seen[kind] {
			continue
		}
		seen[kind] = true
		empty, err := scheme.Scheme.New(kind)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, empty.(client.Object))
	}
	return kinds, nil
}

type reconciler struct {
	client    client.Client
	templates templates
	// done has the generation of each HitCounter, by uid, whose status was written: the cache may not know yet.
	done sync.Map
}

func (r *reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	hitCounter := &HitCounter{}
	if err := r.client.Get(ctx, request.NamespacedName, hitCounter); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	generation := hitCounter.Generation
	if written, _ := r.done.Load(hitCounter.UID); hitCounter.Status.ObservedGeneration == generation || written == generation {
		return reconcile.Result{}, nil
	}
	fill := strings.NewReplacer(
		"__NAME__", hitCounter.Name,
		"__NAMESPACE__", hitCounter.Namespace,
		"__UID__", string(hitCounter.UID),
	)
	for _, template := range r.templates.Objects {
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON([]byte(fill.Replace(string(template)))); err != nil {
			return reconcile.Result{}, reconcile.TerminalError(err)
		}
		if err := r.client.Patch(ctx, object, client.Apply, client.ForceOwnership, client.FieldOwner(name)); err != nil {
			return reconcile.Result{}, fmt.Errorf("applying %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	status := &unstructured.Unstructured{}
	if err := status.UnmarshalJSON([]byte(fill.Replace(string(r.templates.Status)))); err != nil {
		return reconcile.Result{}, reconcile.TerminalError(err)
	}
	if err := r.client.Status().Patch(ctx, status, client.Apply, client.ForceOwnership, client.FieldOwner(name)); err != nil {
		return reconcile.Result{}, fmt.Errorf("writing the status of %s: %w", request, err)
	}
	r.done.Store(hitCounter.UID, generation)
	return reconcile.Result{}, nil
}
