package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const (
	provisioner     = "hitcounter.dev/shared-folder"
	claimAnnotation = "volume.kubernetes.io/storage-provisioner"
	ownAnnotation   = "pv.kubernetes.io/provisioned-by"
)

// volumes gives every claim of its storage class a folder below one that all nodes share, as a network
// disk would be: a pod that moves to another node finds its data there.
func volumes() {
	flags := flag.NewFlagSet("volumes", flag.ExitOnError)
	folder := flags.String("folder", "/volumes", "folder that all nodes share")
	_ = flags.Parse(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	config, err := rest.InClusterConfig()
	fatal("reading the service account", err)
	client, err := kubernetes.NewForConfig(config)
	fatal("making a client", err)

	factory := informers.NewSharedInformerFactory(client, 5*time.Minute)
	claims, present := factory.Core().V1().PersistentVolumeClaims(), factory.Core().V1().PersistentVolumes()
	changed := make(chan struct{}, 1)
	notice := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	for _, informer := range []cache.SharedIndexInformer{claims.Informer(), present.Informer()} {
		_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { notice() },
			UpdateFunc: func(any, any) { notice() },
		})
		fatal("watching claims and volumes", err)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	try := func(work error) {
		if work != nil {
			log.Printf("%v; trying again", work)
			time.AfterFunc(time.Second, notice)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		pending, err := claims.Lister().List(labels.Everything())
		try(err)
		for _, claim := range pending {
			if claim.Status.Phase == v1.ClaimPending && claim.Spec.VolumeName == "" &&
				claim.Annotations[claimAnnotation] == provisioner {
				try(provision(ctx, client, claim, *folder))
			}
		}
		released, err := present.Lister().List(labels.Everything())
		try(err)
		for _, volume := range released {
			if volume.Status.Phase == v1.VolumeReleased && volume.Annotations[ownAnnotation] == provisioner &&
				volume.Spec.PersistentVolumeReclaimPolicy == v1.PersistentVolumeReclaimDelete {
				try(remove(ctx, client, volume))
			}
		}
	}
}

func provision(ctx context.Context, client kubernetes.Interface, claim *v1.PersistentVolumeClaim, folder string) error {
	path := filepath.Join(folder, fmt.Sprintf("%s-%s-%s", claim.Namespace, claim.Name, claim.UID))
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	// A pod's fsGroup is not applied to such a volume, and its user may be anyone.
	if err := os.Chmod(path, 0o777); err != nil {
		return err
	}
	class, err := client.StorageV1().StorageClasses().Get(ctx, *claim.Spec.StorageClassName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	kind := v1.HostPathDirectory
	volume := &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{
			Name:        "pvc-" + string(claim.UID),
			Annotations: map[string]string{ownAnnotation: provisioner},
		},
		Spec: v1.PersistentVolumeSpec{
			Capacity:                      v1.ResourceList{v1.ResourceStorage: claim.Spec.Resources.Requests[v1.ResourceStorage]},
			AccessModes:                   claim.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: *class.ReclaimPolicy,
			StorageClassName:              class.Name,
			PersistentVolumeSource: v1.PersistentVolumeSource{
				HostPath: &v1.HostPathVolumeSource{Path: path, Type: &kind},
			},
			ClaimRef: &v1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
		},
	}
	_, err = client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err == nil {
		log.Printf("volume %s for %s/%s", volume.Name, claim.Namespace, claim.Name)
	}
	return err
}

func remove(ctx context.Context, client kubernetes.Interface, volume *v1.PersistentVolume) error {
	if err := os.RemoveAll(volume.Spec.HostPath.Path); err != nil {
		return err
	}
	err := client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err == nil {
		log.Printf("volume %s is gone", volume.Name)
	}
	return err
}
