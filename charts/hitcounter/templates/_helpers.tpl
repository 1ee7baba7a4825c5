{{/* What all names begin with: short enough for whatever comes behind it. */}}
{{- define "hitcounter.fullname" -}}
{{- $name := replace "." "-" .Release.Name -}}
{{- if not (contains "hitcounter" $name) -}}
{{- $name = printf "%s-hitcounter" $name -}}
{{- end -}}
{{- $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "hitcounter.operator" -}}
{{ include "hitcounter.fullname" . }}-operator
{{- end -}}

{{/* Labels of every object; a pod's never change with the version of the chart. */}}
{{- define "hitcounter.labels" -}}
{{ include "hitcounter.selectorLabels" . }}
app.kubernetes.io/part-of: hitcounter
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "hitcounter.selectorLabels" -}}
app.kubernetes.io/name: hitcounter-operator
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "hitcounter.operatorImage" -}}
{{- with .Values.images -}}
{{ .operator | default (printf "%s/hitcounter-operator:%s" .registry $.Chart.AppVersion) | quote }}
{{- end -}}
{{- end -}}

{{- define "hitcounter.operatorEnvironment" -}}
{{- with .Values.images -}}
- name: COUNTER_IMAGE
  value: {{ .counter | default (printf "%s/hitcounter-counter" .registry) | quote }}
{{- with .redis }}
- name: REDIS_IMAGE
  value: {{ quote . }}
{{- end }}
{{- with .proxy }}
- name: PROXY_IMAGE
  value: {{ quote . }}
{{- end }}
{{- with .redisExporter }}
- name: REDIS_EXPORTER_IMAGE
  value: {{ quote . }}
{{- end }}
{{- with .nginxExporter }}
- name: NGINX_EXPORTER_IMAGE
  value: {{ quote . }}
{{- end }}
{{- end }}
{{- with .Values.watchNamespaces }}
- name: NAMESPACES
  value: {{ join "," . | quote }}
{{- end }}
- name: LEASE_NAME
  value: {{ include "hitcounter.operator" . }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel }}
{{- end -}}

{{- define "hitcounter.namespace" -}}
{{ .Values.hitcounter.namespace | default .Release.Namespace }}
{{- end -}}

{{/* The Service that leads to the HitCounter's proxy, and its port. */}}
{{- define "hitcounter.service" -}}
{{ dig "proxy" "service" "name" (printf "%s-proxy" .Values.hitcounter.name) .Values.hitcounter.spec }}
{{- end -}}
{{- define "hitcounter.port" -}}
{{ dig "proxy" "service" "port" 80 .Values.hitcounter.spec | int }}
{{- end -}}
