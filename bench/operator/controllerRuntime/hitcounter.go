package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// HitCounter is as much of one as this operator reads.
type HitCounter struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Status            HitCounterStatus `json:"status,omitempty"`
}

// HitCounterStatus says up to which generation all was applied.
type HitCounterStatus struct {
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
}

// HitCounterList is a list of them.
type HitCounterList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []HitCounter `json:"items"`
}

// DeepCopyObject copies a HitCounter.
func (in *HitCounter) DeepCopyObject() runtime.Object {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return &out
}

// DeepCopyObject copies a list.
func (in *HitCounterList) DeepCopyObject() runtime.Object {
	out := *in
	out.Items = make([]HitCounter, len(in.Items))
	for i := range in.Items {
		out.Items[i] = *in.Items[i].DeepCopyObject().(*HitCounter)
	}
	return &out
}

func addHitCounter(scheme *runtime.Scheme) error {
	version := schema.GroupVersion{Group: "hitcounter.dev", Version: "v1alpha1"}
	scheme.AddKnownTypes(version, &HitCounter{}, &HitCounterList{})
	metav1.AddToGroupVersion(scheme, version)
	return nil
}
