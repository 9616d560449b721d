import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Switches } from "../../app/Switches";

interface CardProps {
  readonly title: string;
  readonly company?: string | undefined;
  readonly children: ReactNode;
}

/** The frame of every page one sees before being in. */
export function Card({ title, company, children }: CardProps) {
  const { t } = useTranslation();
  return (
    <div className="door">
      <div className="door-bar">
        <Switches tour={false} />
      </div>
      <main id="main" className="card door-card">
        <div className="brand">
          <img src="./mark.svg" alt="" width={28} height={28} />
          <div>
            <strong>StockTurn</strong>
            <div className="muted small">{company ?? t("shell.product")}</div>
          </div>
        </div>
        <h1 className="page-title">{title}</h1>
        {children}
      </main>
    </div>
  );
}
