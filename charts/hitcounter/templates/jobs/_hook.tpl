{{/*
A hook that runs one Job with rights of its own, all of which Helm makes for it and takes away after it.
  root, hook (when), word (what the operator's program is to do), args, seconds (of the work itself), rules (the rights),
  namespace (in which they hold; none: those of a ClusterRole), annotations (further ones)
*/}}
{{- define "hitcounter.hook" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s" (include "hitcounter.fullname" $root) .word -}}
{{- $kind := ternary "Role" "ClusterRole" (hasKey . "namespace") -}}
{{- $roleName := ternary $name (printf "%s:%s" $root.Release.Namespace $name) (eq (get . "namespace") $root.Release.Namespace) -}}
{{- $first := include "hitcounter.hookMetadata" (merge (dict "weight" -1) .) -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  namespace: {{ quote $root.Release.Namespace }}
  {{- $first | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $roleName }}
  {{- with .namespace }}
  namespace: {{ quote . }}
  {{- end }}
  {{- $first | nindent 2 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ $roleName }}
  {{- with .namespace }}
  namespace: {{ quote . }}
  {{- end }}
  {{- $first | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ $roleName }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ quote $root.Release.Namespace }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $name }}
  namespace: {{ quote $root.Release.Namespace }}
  {{- include "hitcounter.hookMetadata" . | nindent 2 }}
{{ include "hitcounter.jobSpec" (merge (dict "account" $name) .) }}
{{- end -}}

{{- define "hitcounter.hookMetadata" -}}
annotations:
  helm.sh/hook: {{ .hook }}
  helm.sh/hook-weight: {{ .weight | default 0 | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
  helm.sh/hook-output-log-policy: {{ .logs | default "hook-failed" }}
  {{- range $name, $value := .annotations }}
  {{ $name }}: {{ quote $value }}
  {{- end }}
labels:
  {{- include "hitcounter.labels" .root | nindent 2 }}
{{- end -}}

{{/*
The spec of a Job of the operator's image. Exit code 1 says that to try again would mend nothing; a pod that is lost with
its node is replaced.
  root, word, args, seconds, account (whose rights it has; none: none)
*/}}
{{- define "hitcounter.jobSpec" -}}
spec:
  backoffLimit: 3
  # For the image to come and the pod to start, too.
  activeDeadlineSeconds: {{ add .seconds 120 }}
  podFailurePolicy:
    rules:
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
            status: "True"
      - action: FailJob
        onExitCodes:
          containerName: {{ .word }}
          operator: In
          values: [1]
  template:
    metadata:
      labels:
        app.kubernetes.io/name: hitcounter-{{ .word }}
        app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
    spec:
      restartPolicy: Never
      enableServiceLinks: false
      {{- with .account }}
      serviceAccountName: {{ . }}
      {{- else }}
      automountServiceAccountToken: false
      {{- end }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        seccompProfile:
          type: RuntimeDefault
      imagePullSecrets:
        {{- toYaml .root.Values.images.pullSecrets | nindent 8 }}
      containers:
        - name: {{ .word }}
          image: {{ include "hitcounter.operatorImage" .root }}
          imagePullPolicy: {{ .root.Values.images.pullPolicy }}
          args:
            - {{ .word }}
            {{- range .args }}
            - {{ quote . }}
            {{- end }}
            - --timeout={{ .seconds }}
          resources:
            {{- toYaml .root.Values.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
{{- end -}}
