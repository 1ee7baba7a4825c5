/** What a panel of the dashboard shows, and where on its grid of 24 columns. */
export interface PanelData {
  readonly type: "row" | "stat" | "timeseries";
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  /** Grafana's name of it; a row has none. */
  readonly unit?: string;
  /** Whether a number is shown by the name of its series. */
  readonly byName: boolean;
  readonly hasLegend: boolean;
  readonly series: readonly Series[];
}

/** One line of a panel. */
export interface Series {
  readonly name: string;
  /** Times (Unix seconds) and values. */
  readonly points: readonly (readonly [time: number, value: number])[];
}

/** What a Prometheus had for every query of the dashboard. */
export interface DashboardData {
  readonly title: string;
  /** The HitCounter that it is of. */
  readonly of: string;
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  readonly panels: readonly PanelData[];
}
