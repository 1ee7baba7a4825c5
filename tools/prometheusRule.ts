import { parse, stringify } from "yaml";

/** The PrometheusRule with the rules of a file that Prometheus reads as it is. */
export const prometheusRule = (alerts: string): string =>
  `# Made from config/monitoring/alerts.yaml by \`npm run generate\`. Do not edit.\n${stringify(
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: { name: "hitcounter-operator", namespace: "hitcounter-system" },
      spec: parse(alerts),
    },
    { lineWidth: 0 },
  )}`;
