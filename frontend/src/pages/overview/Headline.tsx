import { ArrowRightOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Overview } from "../../api";

/** What changed and what to do next, before any chart. */
export function Headline({ overview }: { readonly overview: Overview }) {
  const { t } = useTranslation();
  return (
    <section className="headline" data-tour="headline" aria-label={t("headline.label")}>
      <p className="finding">{overview.headline}</p>
      <p className="next">
        <span className="muted">{t("headline.next")}</span> {overview.next_step}{" "}
        {overview.next_step_link ? (
          <Link to={overview.next_step_link}>
            {t("headline.go")} <ArrowRightOutlined aria-hidden="true" />
          </Link>
        ) : null}
      </p>
    </section>
  );
}
