import { Button, Modal, Tour } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { closeTour, tourWasSeen, useTourOpen } from "../../app/tour";

/** What each reader needs first; every step points at a part of the page by its `data-tour` name. */
const STEPS = {
  boss: ["headline", "kpis", "traps", "reading"],
  chain: ["period", "comparison", "ageing", "traps", "finder"],
  it: ["trust", "basis", "kpis", "rail"],
} as const;

type Role = keyof typeof STEPS;

/** First open: choose who you are, then a few steps. Remembered here; opened again from the bar. */
export function RoleTour() {
  const { t } = useTranslation();
  const asked = useTourOpen();
  const [first, setFirst] = useState(() => !tourWasSeen());
  const [role, setRole] = useState<Role | null>(null);
  const [at, setAt] = useState(0);
  const open = first || asked;
  const close = () => {
    setFirst(false);
    setRole(null);
    setAt(0);
    closeTour();
  };
  const present = role ? STEPS[role].filter((name) => document.querySelector(`[data-tour="${name}"]`) !== null) : [];
  return (
    <>
      <Modal open={open && role === null} onCancel={close} footer={null} title={t("tour.title")} width={420}>
        <p className="muted">{t("tour.who")}</p>
        <div className="stack">
          {(Object.keys(STEPS) as Role[]).map((each) => (
            <Button
              key={each}
              block
              size="large"
              onClick={() => {
                setRole(each);
              }}
            >
              {t(`tour.roles.${each}`)}
            </Button>
          ))}
          <Button block type="text" onClick={close}>
            {t("tour.skip")}
          </Button>
        </div>
      </Modal>
      <Tour
        open={open && role !== null}
        current={at}
        onChange={setAt}
        onClose={close}
        onFinish={close}
        steps={present.map((name) => ({
          title: t(`tour.steps.${name}.title`),
          description: t(`tour.steps.${name}.what`),
          target: () => document.querySelector<HTMLElement>(`[data-tour="${name}"]`) as HTMLElement,
        }))}
      />
    </>
  );
}
