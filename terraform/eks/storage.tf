# Auto Mode makes no StorageClass. This one is the default: encrypted, in the zone of the pod, and it can grow.
resource "kubernetes_storage_class_v1" "encrypted" {
  metadata {
    name = "encrypted"
    annotations = {
      "storageclass.kubernetes.io/is-default-class" = "true"
    }
  }

  storage_provisioner = "ebs.csi.eks.amazonaws.com"
  parameters = merge(
    { type = "gp3", encrypted = "true" },
    # Without one, EBS takes the account's key aws/ebs, which no destroy can take from the data.
    var.volume_kms_key_arn == null ? {} : { kmsKeyId = var.volume_kms_key_arn },
  )

  allow_volume_expansion = true
  volume_binding_mode    = "WaitForFirstConsumer"
  reclaim_policy         = "Delete" # of a claim that is deleted; what keeps the claim is deletionPolicy

  allowed_topologies {
    match_label_expressions {
      key    = "eks.amazonaws.com/compute-type"
      values = ["auto"]
    }
  }
}
