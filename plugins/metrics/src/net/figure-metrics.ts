import { type Figure, figures, messageOf, type PluginContext } from '@sluice/core';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What other plugins measure of themselves (`figures`), found when the page is first asked for. */
export function addFigureMetrics(registry: Registry, ctx: PluginContext): { collect(): void } {
  const metrics = new Map<Figure, Gauge | Counter>();
  const metricOf = (figure: Figure): Gauge | Counter | undefined => {
    const known = metrics.get(figure);
    if (known !== undefined) return known;
    const { name, help, kind, label } = figure;
    if (registry.getSingleMetric(name) !== undefined) return undefined;
    const options = { name, help, labelNames: label === undefined ? [] : [label], registers: [registry] };
    const metric = kind === 'gauge' ? new Gauge(options) : new Counter(options);
    metrics.set(figure, metric);
    return metric;
  };
  const show = (figure: Figure): void => {
    const metric = metricOf(figure);
    if (metric === undefined) return;
    const value = figure.read();
    metric.reset();
    const { label } = figure;
    if (typeof value === 'number') metric.inc(value);
    else if (label !== undefined) for (const [word, count] of Object.entries(value)) metric.inc({ [label]: word }, count);
  };
  return {
    collect() {
      for (const figure of ctx.extensions(figures)) {
        try {
          show(figure);
        } catch (error) {
          ctx.count('figure');
          ctx.log.warn({ err: error }, `figure ${figure.name} could not be read: ${messageOf(error)}`);
        }
      }
    },
  };
}
