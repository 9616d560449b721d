import { useTranslation } from "react-i18next";
import type { Meta } from "../../api";
import { Trouble } from "../../components/Trouble";
import { useMeta, useOverview } from "../../asking/questions";
import { Chips } from "./Chips";
import { Controls } from "./Controls";
import { EmptyWorkspace } from "./EmptyWorkspace";
import { Figures } from "./Figures";
import { OverviewHeader } from "./OverviewHeader";
import { OverviewWaiting } from "./OverviewWaiting";
import { WaitingForMe } from "../data/runs/Waiting";
import { RoleTour } from "./RoleTour";
import { useView } from "./useView";

/** 总览: what changed and what it costs, then where, then why, then what to do. */
export default function OverviewPage() {
  const { t } = useTranslation();
  const meta = useMeta();
  if (meta.error) return <Trouble error={meta.error} onRetry={() => void meta.refetch()} />;
  if (!meta.data) return <OverviewWaiting />;
  if (!meta.data.data_as_of) {
    return (
      <>
        <h1 className="page-title">{t("pages.overview")}</h1>
        <EmptyWorkspace />
      </>
    );
  }
  return <FilledOverview meta={meta.data} />;
}

function FilledOverview({ meta }: { readonly meta: Meta }) {
  const state = useView(meta.data_as_of);
  const { data, error, refetch, isPlaceholderData, isFetching } = useOverview(state.view);
  return (
    <>
      <WaitingForMe />
      <OverviewHeader meta={meta} state={state} overview={data} />
      <Controls state={state} meta={meta} overview={data} />
      <Chips state={state} meta={meta} names={data?.names} />
      {error ? <Trouble error={error} onRetry={() => void refetch()} /> : null}
      {data ? (
        <div className={isPlaceholderData || error ? "stack dimmed" : "stack"} aria-busy={isFetching} data-testid="overview">
          <Figures meta={meta} overview={data} state={state} />
        </div>
      ) : error ? null : (
        <OverviewWaiting />
      )}
      {data ? <RoleTour /> : null}
    </>
  );
}
